-- name: tile_parcels
-- Single parcels of one tile.
SELECT cadastre.tile_parcels(:commune, :z, :x, :y);

-- name: tile_sheets
-- Whole sheets of one tile.
SELECT cadastre.tile_sheets(:commune, :z, :x, :y);

-- name: tile_measured
-- Measured parcels of one tile.
SELECT cadastre.tile_measured(:commune, :z, :x, :y);

-- name: tile_mismatches
-- Evidence of the open mismatches of one tile.
SELECT cadastre.tile_mismatches(:commune, :z, :x, :y);

-- name: tile_delivered
-- Parcels of the former sheets as delivered, of one tile.
SELECT cadastre.tile_delivered(:commune, :z, :x, :y);
