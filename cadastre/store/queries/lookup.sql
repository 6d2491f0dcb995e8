-- name: lookup_numbers
-- Parcels by an old number, and by the new one when no former commune or scale was said, or when
-- a commune of today bears the name that was said.
WITH found AS (
    SELECT w.commune, w.parcel_uid, w.former_commune, w.former_sheet, w.former_parcel, w.scale, w.map_set
    FROM cadastre.crosswalk AS w
    WHERE w.commune = ANY (CAST(:communes AS char(5)[])) AND w.valid_to IS NULL
      AND lower(ltrim(w.former_parcel, '0')) = :parcel AND lower(ltrim(w.former_sheet, '0')) = :sheet
      AND (CAST(:scale AS integer) IS NULL OR w.scale = :scale)
      AND (CAST(:formers AS text[]) IS NULL OR w.former_commune = ANY (CAST(:formers AS text[])))
      AND (CAST(:current AS text[]) IS NULL OR w.commune = ANY (CAST(:current AS text[])))
    UNION
    SELECT p.commune, p.parcel_uid, p.former_commune, p.former_sheet, p.former_parcel, p.scale, p.map_set
    FROM cadastre.parcel AS p
    WHERE p.commune = ANY (CAST(:communes AS char(5)[])) AND p.valid_to IS NULL
      AND p.sheet = CAST(:sheet_number AS integer) AND lower(ltrim(p.parcel, '0')) = :parcel
      AND CAST(:scale AS integer) IS NULL
      AND CASE WHEN CAST(:current AS text[]) IS NULL THEN CAST(:formers AS text[]) IS NULL
               ELSE p.commune = ANY (CAST(:current AS text[])) END
)
SELECT p.commune::text, p.parcel_uid::text, p.sheet, p.parcel, p.land_use,
       x.former_commune::text, f.name AS former_commune_name, x.former_sheet, x.former_parcel,
       x.scale, coalesce(s.state, 'clear') AS state,
       ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat,
       ST_XMin(c.box) AS west, ST_YMin(c.box) AS south, ST_XMax(c.box) AS east, ST_YMax(c.box) AS north
FROM found AS x
JOIN cadastre.parcel AS p ON p.commune = x.commune AND p.parcel_uid = x.parcel_uid AND p.valid_to IS NULL
LEFT JOIN cadastre.former_commune AS f ON f.commune = x.commune AND f.code = x.former_commune
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
CROSS JOIN LATERAL (
    SELECT ST_Transform(ST_PointOnSurface(p.display), 4326) AS centre,
           ST_Transform(ST_Envelope(p.display), 4326) AS box
) AS c
ORDER BY p.sheet, p.parcel, p.parcel_uid LIMIT 50;

-- name: lookup_parcels
-- Parcels by their own identity, for results found by something else than a number.
SELECT p.commune::text, p.parcel_uid::text, p.sheet, p.parcel, p.land_use,
       p.former_commune::text, f.name AS former_commune_name, p.former_sheet, p.former_parcel,
       p.scale, coalesce(s.state, 'clear') AS state,
       ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat,
       ST_XMin(c.box) AS west, ST_YMin(c.box) AS south, ST_XMax(c.box) AS east, ST_YMax(c.box) AS north
FROM cadastre.parcel AS p
LEFT JOIN cadastre.former_commune AS f ON f.commune = p.commune AND f.code = p.former_commune
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
CROSS JOIN LATERAL (
    SELECT ST_Transform(ST_PointOnSurface(p.display), 4326) AS centre,
           ST_Transform(ST_Envelope(p.display), 4326) AS box
) AS c
WHERE p.commune = ANY (CAST(:communes AS char(5)[])) AND p.valid_to IS NULL
  AND p.parcel_uid = ANY (CAST(:uids AS uuid[]));

-- name: lookup_paper_sheet
-- Sheets that exist on paper only and list the parcel: there is no geometry of it here.
SELECT s.sheet_uid::text, s.commune::text, s.former_commune::text, f.name AS former_commune_name,
       s.former_sheet, s.scale, extract(year FROM s.surveyed_on)::integer AS year
FROM cadastre.sheet AS s
LEFT JOIN cadastre.former_commune AS f ON f.commune = s.commune AND f.code = s.former_commune
WHERE s.commune = ANY (CAST(:communes AS char(5)[])) AND s.medium = 'paper'
  AND lower(ltrim(s.former_sheet, '0')) = :sheet
  AND (CAST(:formers AS text[]) IS NULL OR s.former_commune = ANY (CAST(:formers AS text[])))
  AND (CAST(:scale AS integer) IS NULL OR s.scale = :scale)
  AND (CAST(:parcel AS text) IS NULL OR NOT s.report ? 'parcels' OR EXISTS (
      SELECT FROM jsonb_array_elements_text(s.report -> 'parcels') AS listed
      WHERE lower(ltrim(listed, '0')) = :parcel))
ORDER BY s.commune, s.former_commune, s.scale LIMIT 20;

-- name: lookup_identifier
-- The parcel of a 12-character identifier.
SELECT parcel_uid::text FROM cadastre.parcel_identifier
WHERE identifier = :identifier AND commune = ANY (CAST(:communes AS char(5)[]));

-- name: lookup_dossiers
-- Dossiers by code or by its end.
SELECT code, procedure, state, commune::text, parcel_uid::text FROM cadastre.dossier
WHERE commune = ANY (CAST(:communes AS char(5)[]))
  AND (upper(code) = upper(:code) OR upper(code) LIKE '%' || upper(:code))
ORDER BY lodged_at DESC LIMIT 20;

-- name: lookup_certificates
-- Certificates by book number or serial, those of this service and those of the land book.
SELECT number, serial, parcel_uid::text FROM cadastre.certificate
WHERE commune = ANY (CAST(:communes AS char(5)[]))
  AND (upper(number) = upper(:number) OR replace(serial, ' ', '') = replace(upper(:number), ' ', ''))
UNION
SELECT book_number, certificate_serial, parcel_uid::text FROM cadastre.landbook_record
WHERE commune = ANY (CAST(:communes AS char(5)[])) AND valid_to IS NULL AND certificate_serial IS NOT NULL
  AND replace(upper(certificate_serial), ' ', '') = replace(upper(:number), ' ', '')
LIMIT 20;

-- name: lookup_holders
-- Parcels by the name of a holder, without accents; personal data.
SELECT p.name, r.parcel_uid::text
FROM cadastre.party AS p JOIN cadastre.parcel_right AS r USING (party_uid)
WHERE p.commune = ANY (CAST(:communes AS char(5)[])) AND p.valid_to IS NULL
  AND p.name_search LIKE '%' || :name || '%' AND r.valid_to IS NULL AND r.parcel_uid IS NOT NULL
ORDER BY p.name_search, p.party_uid LIMIT 30;

-- name: lookup_at_point
-- The parcel at a point of the commune's zone.
SELECT parcel_uid::text FROM cadastre.parcel
WHERE commune = :commune AND valid_to IS NULL
  AND geometry && ST_SetSRID(ST_MakePoint(:east, :north), :srid)
  AND ST_Intersects(geometry, ST_SetSRID(ST_MakePoint(:east, :north), :srid))
ORDER BY parcel_uid LIMIT 5;
