-- name: blanks_load
-- Blanks of the certificate form enter the office; a serial known already is left alone.
INSERT INTO cadastre.certificate_blank (commune, serial, event_id)
SELECT :commune, unnest(CAST(:serials AS text[])), :event
ON CONFLICT ON CONSTRAINT certificate_blank_serial DO NOTHING;

-- name: blank_take
-- The next free blank; two chairmen never wait for or get the same one.
UPDATE cadastre.certificate_blank SET status = 'used'
WHERE serial = (SELECT serial FROM cadastre.certificate_blank
                WHERE commune = :commune AND status = 'free'
                ORDER BY serial LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING serial;

-- name: blank_spoil
-- A blank that was damaged: accounted for, never used.
UPDATE cadastre.certificate_blank SET status = 'spoiled', spoiled_for = :reason
WHERE commune = :commune AND serial = :serial AND status = 'free';

-- name: blanks_counted
-- How many blanks the office has, by status.
SELECT status, count(*) AS blanks FROM cadastre.certificate_blank
WHERE commune = :commune GROUP BY status;

-- name: blank_take_named
-- A blank that the chairman names: a free one of the office.
UPDATE cadastre.certificate_blank SET status = 'used'
WHERE commune = :commune AND serial = :serial AND status = 'free'
RETURNING serial;

-- name: blank_record
-- A blank that other software printed on: it was never in this office's store.
INSERT INTO cadastre.certificate_blank (commune, serial, status, event_id)
VALUES (:commune, :serial, 'used', :event)
ON CONFLICT ON CONSTRAINT certificate_blank_serial DO NOTHING
RETURNING serial;

-- name: printers_read
-- Printers of a commune with the shift of the overprint on each.
SELECT name, right_mm::float8 AS right_mm, down_mm::float8 AS down_mm
FROM cadastre.printer WHERE commune = :commune ORDER BY name;

-- name: printer_set
-- A printer's shift as measured on its calibration page.
INSERT INTO cadastre.printer (commune, name, right_mm, down_mm, event_id)
VALUES (:commune, :name, :right_mm, :down_mm, :event)
ON CONFLICT (commune, name) DO UPDATE
SET right_mm = excluded.right_mm, down_mm = excluded.down_mm, event_id = excluded.event_id;

-- name: certificates_counted
-- How many certificates a commune has entered in its book, ever.
SELECT count(*) FROM cadastre.certificate WHERE commune = :commune;

-- name: certificate_insert
-- A certificate is entered in the book.
INSERT INTO cadastre.certificate (
    certificate_uid, commune, number, serial, token, dossier_uid, parcel_uid, parcel_version,
    area_m2, land_use, issued_on, signed_by, authority, outline, holders, supersedes, event_id)
VALUES (:certificate_uid, :commune, :number, :serial, :token, :dossier_uid, :parcel_uid,
        :parcel_version, :area_m2, :land_use, :issued_on, :signed_by, :authority,
        ST_GeomFromWKB(CAST(:outline AS bytea), :srid), CAST(:holders AS jsonb),
        :supersedes, :event);

-- name: certificate_document
-- The signed paper of a certificate.
UPDATE cadastre.certificate SET document_uid = :document_uid, row_version = row_version + 1
WHERE certificate_uid = :certificate_uid;

-- name: certificate_supersede
-- A certificate that another one replaces.
UPDATE cadastre.certificate SET status = 'superseded', row_version = row_version + 1
WHERE certificate_uid = :certificate_uid AND status = 'in_force' RETURNING serial;

-- name: certificate_by_number
-- A certificate with its dossier, by number in the book or serial.
SELECT c.certificate_uid::text, c.commune::text, c.number, c.serial, c.token, c.status, c.issued_on,
       c.signed_by, c.authority, c.area_m2::float8 AS area_m2, c.land_use, c.parcel_uid::text,
       c.parcel_version, c.holders, d.code AS dossier, p.sheet, p.parcel, c.row_version
FROM cadastre.certificate AS c
JOIN cadastre.dossier AS d USING (dossier_uid)
JOIN cadastre.parcel AS p
  ON p.commune = c.commune AND p.parcel_uid = c.parcel_uid AND p.version = c.parcel_version
WHERE (c.number = :number OR c.serial = :number)
  AND (CAST(:commune AS text) IS NULL OR c.commune = :commune)
ORDER BY c.issued_on DESC;

-- name: certificate_cancel
-- A wrong certificate ends; its row stays in the book.
UPDATE cadastre.certificate SET status = 'cancelled', row_version = row_version + 1
WHERE certificate_uid = :certificate_uid AND status = 'in_force' AND row_version = :row_version
RETURNING row_version;

-- name: certificate_verify
-- What anyone with the token may know of a certificate: no person.
SELECT number, serial, status, issued_on, authority, commune, area_m2::float8 AS area_m2,
       land_use, sheet, parcel, ST_AsBinary(outline) AS outline, ST_SRID(outline) AS srid
FROM cadastre.verify_certificate(:token);

-- name: certificate_changes
-- What was done to a certificate since it was issued.
SELECT kind, entered_at FROM cadastre.certificate_changes(:token);

-- name: corrections
-- Corrections of a certificate as the register has them.
SELECT entered_at, content FROM cadastre.register_entry
WHERE certificate_uid = :certificate_uid AND kind = 'correction' ORDER BY entry_id;

-- name: certificate_neighbours
-- Parcels around a certificate's outline as of its signature: those that stand still, those closed since.
SELECT n.parcel, ST_AsBinary(n.geometry) AS geometry
FROM cadastre.certificate AS c JOIN cadastre.parcel AS n
  ON n.commune = c.commune AND n.parcel_uid <> c.parcel_uid AND n.opened_by <= c.event_id
 AND n.valid_to IS NULL AND ST_DWithin(n.geometry, c.outline, :within_m)
WHERE c.certificate_uid = :certificate_uid
UNION ALL
SELECT n.parcel, ST_AsBinary(n.geometry) AS geometry
FROM cadastre.certificate AS c JOIN cadastre.parcel AS n
  ON n.commune = c.commune AND n.parcel_uid <> c.parcel_uid AND n.opened_by <= c.event_id
 AND n.closed_by > c.event_id AND ST_DWithin(n.geometry, c.outline, :within_m)
WHERE c.certificate_uid = :certificate_uid
LIMIT 60;

-- name: certificate_outline
-- A certificate as it was issued: record in the register, certified outline, token, dossier, signatory.
SELECT c.number, c.serial, c.token, c.area_m2::float8 AS area_m2, c.signed_by, c.holders,
       p.sheet, p.parcel, ST_AsBinary(c.outline) AS outline, d.code,
       (SELECT r.content -> 'record' FROM cadastre.register_entry AS r
        WHERE r.certificate_uid = c.certificate_uid AND r.kind = 'certificate') AS record,
       (SELECT a.display_name FROM cadastre.account AS a WHERE a.username = c.signed_by) AS signer
FROM cadastre.certificate AS c
JOIN cadastre.dossier AS d USING (dossier_uid)
JOIN cadastre.parcel AS p
  ON p.commune = c.commune AND p.parcel_uid = c.parcel_uid AND p.version = c.parcel_version
WHERE c.certificate_uid = :certificate_uid;

-- name: register_insert
-- A line on the register page of a parcel.
INSERT INTO cadastre.register_entry (
    commune, parcel_uid, certificate_uid, kind, content, entered_at, event_id)
VALUES (:commune, :parcel_uid, :certificate_uid, :kind, CAST(:content AS jsonb), :entered_at, :event)
RETURNING entry_id;

-- name: register_page
-- The register page of a parcel.
SELECT entry_id, kind, content, entered_at FROM cadastre.register_entry
WHERE commune = :commune AND parcel_uid = :parcel_uid ORDER BY entry_id;

-- name: register_parcel
-- How the register names a parcel: as it stands, or as it was last.
SELECT p.sheet, p.parcel, p.former_sheet, p.former_parcel, p.land_use, p.area_m2,
       i.identifier::text
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_identifier AS i ON i.commune = p.commune AND i.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.parcel_uid = :parcel_uid
ORDER BY p.version DESC LIMIT 1;
