-- name: profile_keep
-- The text of a procedure's profile, kept once under its hash.
INSERT INTO cadastre.procedure_profile (profile_hash, procedure, profile)
VALUES (:profile_hash, :procedure, :profile)
ON CONFLICT (profile_hash) DO NOTHING;

-- name: dossier_next
-- The next number of a unit and day; the row stays locked until the lodging commits or fails.
INSERT INTO cadastre.dossier_counter (unit, day, last) VALUES (:unit, :day, 1)
ON CONFLICT (unit, day) DO UPDATE SET last = dossier_counter.last + 1
RETURNING last;

-- name: dossier_insert
-- A dossier is lodged.
INSERT INTO cadastre.dossier (
    dossier_uid, commune, code, procedure, profile_hash, state, channel, parcel_uid, lodged_at,
    lodged_by, facts, due_on, clock, opened_by)
VALUES (:dossier_uid, :commune, :code, :procedure, :profile_hash, :state, :channel, :parcel_uid,
        :lodged_at, :lodged_by, CAST(:facts AS jsonb), CAST(:due_on AS jsonb),
        CAST(:clock AS jsonb), :event);

-- name: dossier_step
-- A dossier after a step: a line more of its log, and its state, facts and due dates with it;
-- closed when the state is final.
WITH line AS (
    INSERT INTO cadastre.dossier_event (
        commune, dossier_uid, ordinal, action, from_state, to_state, actor, role, at, data,
        event_id)
    VALUES (:commune, :dossier_uid, :ordinal, :action, :from_state, :to_state, :actor, :role, :at,
            CAST(:data AS jsonb), :event)
)
UPDATE cadastre.dossier
SET state = :to_state, facts = CAST(:facts AS jsonb), due_on = CAST(:due_on AS jsonb),
    clock = CAST(:clock AS jsonb), closed_at = :closed_at, row_version = row_version + 1
WHERE dossier_uid = :dossier_uid
RETURNING row_version;

-- name: dossier_touch
-- Something beside the state changed (a paper was added).
UPDATE cadastre.dossier SET row_version = row_version + 1
WHERE dossier_uid = :dossier_uid RETURNING row_version;

-- name: dossier_event_insert
-- One line of a dossier's log.
INSERT INTO cadastre.dossier_event (
    commune, dossier_uid, ordinal, action, from_state, to_state, actor, role, at, data, event_id)
VALUES (:commune, :dossier_uid, :ordinal, :action, :from_state, :to_state, :actor, :role, :at,
        CAST(:data AS jsonb), :event);

-- name: dossier_lock
-- A dossier of a commune by its code, locked against others until the verb ends.
SELECT d.dossier_uid::text, d.commune::text, d.parcel_uid::text
FROM cadastre.dossier AS d WHERE d.code = :code AND d.commune = :commune FOR UPDATE;

-- name: dossier_place
-- Where a dossier belongs: what the queries that make it whole ask for.
SELECT d.dossier_uid::text, d.commune::text, d.parcel_uid::text
FROM cadastre.dossier AS d WHERE d.code = :code;

-- name: dossier_whole
-- A dossier with its profile, log, people, papers, objections, hand-overs, certificates, and the
-- other open dossiers on its parcel: one answer, since every step asks for all of it.
SELECT d.dossier_uid::text, d.commune::text, d.code, d.procedure, d.state, d.channel,
       d.parcel_uid::text, d.lodged_at, d.lodged_by, d.facts, d.due_on, d.closed_at, d.clock,
       d.row_version, f.profile, to_json(n) AS place,
       (SELECT coalesce(json_object_agg(x.system, x.code), '{}') FROM cadastre.external_code AS x
        WHERE x.dossier_uid = d.dossier_uid) AS external_codes,
       (SELECT json_agg(l ORDER BY l.ordinal) FROM (
            SELECT ordinal, action, from_state, to_state, actor, role, at, data
            FROM cadastre.dossier_event AS e WHERE e.dossier_uid = d.dossier_uid) AS l) AS log,
       (SELECT json_object_agg(a.username, a.display_name) FROM cadastre.account AS a
        WHERE a.username IN (
            SELECT e.actor FROM cadastre.dossier_event AS e WHERE e.dossier_uid = d.dossier_uid
            UNION ALL
            SELECT o.taken_by FROM cadastre.hand_over AS o WHERE o.dossier_uid = d.dossier_uid)
       ) AS names,
       (SELECT json_agg(l ORDER BY l.name, l.party_uid) FROM (
            SELECT y.party_uid::text, y.kind, y.name, y.id_number, y.birth_date, y.gender,
                   y.address, y.phone, h.share_numerator, h.share_denominator, h.role
            FROM cadastre.dossier_party AS h JOIN cadastre.party AS y USING (party_uid)
            WHERE h.dossier_uid = d.dossier_uid) AS l) AS parties,
       (SELECT json_agg(l ORDER BY l.created_at, l.kind, l.version DESC) FROM (
            SELECT t.document_uid::text, t.kind, t.title, t.direction, t.version, t.signed_by,
                   t.superseded, t.created_at, s.sha256::text, s.media_type, s.bytes, w.reading
            FROM cadastre.dossier_document AS t LEFT JOIN cadastre.source AS s USING (source_id)
            LEFT JOIN cadastre.document_words AS w USING (document_uid)
            WHERE t.dossier_uid = d.dossier_uid) AS l) AS documents,
       (SELECT json_agg(l ORDER BY l.objection_id) FROM (
            SELECT objection_id, made_by, text, made_at, answer, answered_at
            FROM cadastre.objection AS o WHERE o.dossier_uid = d.dossier_uid) AS l) AS objections,
       (SELECT json_agg(l) FROM (
            SELECT from_step, to_step, given_by, taken_by, scanned_by, at, due_on, outcome, note
            FROM cadastre.hand_over AS o WHERE o.dossier_uid = d.dossier_uid
            ORDER BY at, hand_over_id) AS l) AS hand_overs,
       (SELECT json_agg(l ORDER BY l.issued_on DESC) FROM (
            SELECT certificate_uid::text, number, serial, token, status, issued_on,
                   area_m2::float8 AS area_m2
            FROM cadastre.certificate AS c WHERE c.dossier_uid = d.dossier_uid) AS l) AS certificates,
       (SELECT to_json(l) FROM (
            SELECT certificate_uid::text, number, serial, status, parcel_uid::text,
                   dossier_uid::text, row_version, holders
            FROM cadastre.certificate AS c WHERE c.commune = d.commune
              AND c.certificate_uid = CAST(d.facts -> 'certificate' ->> 'certificate_uid' AS uuid)
        ) AS l) AS named,
       ARRAY(SELECT c.serial FROM cadastre.certificate AS c
             WHERE c.commune = d.commune AND c.parcel_uid = d.parcel_uid
               AND c.status = 'in_force' ORDER BY c.serial) AS in_force,
       ARRAY(SELECT o.code FROM cadastre.dossier AS o
             WHERE o.commune = d.commune AND o.parcel_uid = d.parcel_uid
               AND o.closed_at IS NULL AND o.code <> d.code ORDER BY o.code) AS other_dossiers
FROM cadastre.dossier AS d JOIN cadastre.procedure_profile AS f USING (profile_hash)
JOIN (SELECT code::text, name, kind, province, srid, mountain FROM cadastre.commune) AS n
  ON n.code = d.commune
WHERE d.dossier_uid = :dossier_uid;

-- name: dossier_list
-- Dossiers that a person may see, newest first, with what a list shows of each.
SELECT d.dossier_uid::text, d.commune::text, d.code, d.procedure, d.state, d.channel,
       d.parcel_uid::text, d.lodged_at, d.lodged_by, d.facts, d.due_on, d.closed_at, d.clock,
       d.row_version, f.profile, p.sheet, p.parcel,
       (SELECT coalesce(json_object_agg(x.system, x.code), '{}') FROM cadastre.external_code AS x
        WHERE x.dossier_uid = d.dossier_uid) AS external_codes,
       (SELECT json_agg(json_build_object('party_uid', y.party_uid, 'name', y.name, 'share',
                   h.share_numerator::text || '/' || h.share_denominator::text) ORDER BY y.name)
        FROM cadastre.dossier_party AS h JOIN cadastre.party AS y USING (party_uid)
        WHERE h.dossier_uid = d.dossier_uid) AS parties,
       (SELECT json_build_object('number', c.number, 'token', c.token, 'serial', c.serial)
        FROM cadastre.certificate AS c WHERE c.dossier_uid = d.dossier_uid
        ORDER BY c.issued_on DESC LIMIT 1) AS certificate
FROM cadastre.dossier AS d
JOIN cadastre.procedure_profile AS f USING (profile_hash)
LEFT JOIN cadastre.parcel AS p
       ON p.commune = d.commune AND p.parcel_uid = d.parcel_uid AND p.valid_to IS NULL
WHERE (CAST(:commune AS text) IS NULL OR d.commune = :commune)
  AND (CAST(:state AS text) IS NULL OR d.state = :state)
  AND (CAST(:procedure AS text) IS NULL OR d.procedure = :procedure)
  AND (CAST(:parcel_uid AS uuid) IS NULL OR d.parcel_uid = CAST(:parcel_uid AS uuid))
  AND (NOT :open_only OR d.closed_at IS NULL)
  AND (CAST(:hashes AS text[]) IS NULL OR (d.profile_hash::text, d.state) IN (
        SELECT * FROM unnest(CAST(:hashes AS text[]), CAST(:states AS text[]))))
  AND (CAST(:actor AS text) IS NULL OR d.lodged_by = :actor OR EXISTS (
        SELECT 1 FROM cadastre.dossier_event AS e
        WHERE e.dossier_uid = d.dossier_uid AND e.actor = :actor))
  AND (CAST(:words AS text) IS NULL OR d.code ILIKE :words
       OR EXISTS (
        SELECT 1 FROM cadastre.external_code AS x
        WHERE x.dossier_uid = d.dossier_uid AND x.code ILIKE :words)
       OR EXISTS (
        SELECT 1 FROM cadastre.dossier_party AS h JOIN cadastre.party AS y USING (party_uid)
        WHERE h.dossier_uid = d.dossier_uid AND y.name_search LIKE :plain)
       OR d.dossier_uid IN (
        SELECT t.dossier_uid FROM cadastre.document_words AS w
        JOIN cadastre.dossier_document AS t USING (document_uid)
        WHERE w.searched @@ websearch_to_tsquery('simple', CAST(:papers AS text))))
  AND (CAST(:before_at AS timestamptz) IS NULL
       OR (d.lodged_at, d.code) < (CAST(:before_at AS timestamptz), CAST(:before_code AS text)))
ORDER BY d.lodged_at DESC, d.code DESC
LIMIT :limit;

-- name: profiles_open
-- Profiles under which dossiers of a commune, or of all that a person may see, are open.
SELECT DISTINCT f.profile_hash::text, f.procedure, f.profile
FROM cadastre.dossier AS d JOIN cadastre.procedure_profile AS f USING (profile_hash)
WHERE (CAST(:commune AS text) IS NULL OR d.commune = :commune) AND d.closed_at IS NULL;

-- name: dossiers_in_states
-- Open dossiers in one of these states of their own profile, the earliest lodged first.
SELECT d.code FROM cadastre.dossier AS d
WHERE d.commune = :commune AND d.closed_at IS NULL
  AND (d.profile_hash::text, d.state) IN (
      SELECT * FROM unnest(CAST(:hashes AS text[]), CAST(:states AS text[])))
ORDER BY d.lodged_at, d.code;

-- name: document_enter
-- A paper enters a dossier with its words for search; its version follows the last one of its
-- kind, and earlier ones stay readable and say that a newer one exists.
WITH superseded AS (
    UPDATE cadastre.dossier_document SET superseded = true
    WHERE dossier_uid = :dossier_uid AND kind = :kind AND NOT superseded
), entered AS (
    INSERT INTO cadastre.dossier_document (
        document_uid, commune, dossier_uid, kind, title, direction, source_id, version, signed_by,
        created_at, event_id)
    SELECT :document_uid, :commune, :dossier_uid, :kind, :title, :direction, :source_id,
           coalesce(max(version), 0) + 1, :signed_by, :created_at, :event
    FROM cadastre.dossier_document WHERE dossier_uid = :dossier_uid AND kind = :kind
    RETURNING document_uid, commune
)
INSERT INTO cadastre.document_words (document_uid, commune, words, reading)
SELECT document_uid, commune, :words, :reading FROM entered;

-- name: objection_insert
-- An objection against what was posted.
INSERT INTO cadastre.objection (commune, dossier_uid, made_by, text, made_at, event_id)
VALUES (:commune, :dossier_uid, :made_by, :text, :made_at, :event)
RETURNING objection_id;

-- name: objection_answer
-- The answer to an objection that has none yet.
UPDATE cadastre.objection SET answer = :answer, answered_at = :answered_at
WHERE objection_id = :objection_id AND dossier_uid = :dossier_uid AND answer IS NULL;

-- name: party_known
-- A person of this commune with this identity number.
SELECT party_uid::text FROM cadastre.party
WHERE commune = :commune AND id_number = :id_number AND valid_to IS NULL
ORDER BY valid_from LIMIT 1;

-- name: party_by_uid
-- A person of this commune.
SELECT party_uid::text FROM cadastre.party
WHERE commune = :commune AND party_uid = :party_uid AND valid_to IS NULL;

-- name: parties_known
-- Known persons by part of a name without accents, or by the whole identity number.
SELECT party_uid::text, kind, name, id_number, birth_date, gender, address, phone
FROM cadastre.party
WHERE commune = :commune AND valid_to IS NULL
  AND (name_search LIKE :plain OR id_number = :id_number)
ORDER BY name, party_uid LIMIT 30;

-- name: party_insert
-- A person who was not known before.
INSERT INTO cadastre.party (
    party_uid, commune, kind, name, name_search, id_number, birth_date, gender, address, phone,
    opened_by)
VALUES (:party_uid, :commune, :kind, :name, :name_search, :id_number, :birth_date, :gender,
        :address, :phone, :event);

-- name: party_complete
-- What was not known of a person is entered; the telephone is the one given last.
UPDATE cadastre.party SET
    id_number = coalesce(id_number, :id_number), birth_date = coalesce(birth_date, :birth_date),
    gender = coalesce(gender, :gender), address = coalesce(address, :address),
    phone = coalesce(:phone, phone)
WHERE commune = :commune AND party_uid = :party_uid AND valid_to IS NULL
  AND (id_number IS NULL AND CAST(:id_number AS text) IS NOT NULL
       OR birth_date IS NULL AND CAST(:birth_date AS date) IS NOT NULL
       OR gender IS NULL AND CAST(:gender AS text) IS NOT NULL
       OR address IS NULL AND CAST(:address AS text) IS NOT NULL
       OR phone IS DISTINCT FROM coalesce(:phone, phone));

-- name: dossier_party_insert
-- A party of a dossier with its exact share.
INSERT INTO cadastre.dossier_party (
    commune, dossier_uid, party_uid, share_numerator, share_denominator, role)
VALUES (:commune, :dossier_uid, :party_uid, :share_numerator, :share_denominator, :role);

-- name: dossiers_of_party
-- Open dossiers in which one of these persons already stands.
SELECT DISTINCT d.code FROM cadastre.dossier AS d JOIN cadastre.dossier_party AS h USING (dossier_uid)
WHERE d.commune = :commune AND d.closed_at IS NULL AND d.code <> :code
  AND h.party_uid = ANY (CAST(:party_uids AS uuid[]))
ORDER BY d.code;

-- name: dossiers_related
-- Other dossiers with one of the people of a dossier, or about its parcel: open ones first.
WITH here AS (
    SELECT dossier_uid, commune, parcel_uid FROM cadastre.dossier WHERE code = :code
), shared AS (
    SELECT o.dossier_uid, false AS people, true AS parcel
    FROM here JOIN cadastre.dossier AS o USING (commune, parcel_uid)
    UNION ALL
    SELECT h.dossier_uid, true, false
    FROM here JOIN cadastre.dossier_party AS mine USING (dossier_uid)
    JOIN cadastre.dossier_party AS h ON h.party_uid = mine.party_uid
)
SELECT o.code, o.procedure, f.profile, o.lodged_at, o.closed_at IS NULL AS open,
       bool_or(shared.people) AS people, bool_or(shared.parcel) AS parcel
FROM shared JOIN cadastre.dossier AS o USING (dossier_uid)
JOIN cadastre.procedure_profile AS f USING (profile_hash)
WHERE o.code <> :code
GROUP BY o.code, o.procedure, f.profile, o.lodged_at, o.closed_at
ORDER BY o.closed_at IS NULL DESC, o.lodged_at DESC, o.code DESC LIMIT 50;

-- name: dossier_parcel
-- The parcel of a dossier as it stands: map, identifier, boundary, current measurement.
SELECT p.parcel_uid::text, p.version, p.sheet, p.parcel, p.former_commune::text, p.former_sheet,
       p.former_parcel, p.scale, p.land_use, p.area_m2, p.origin, p.register_area_m2,
       ST_AsBinary(p.geometry) AS geometry, i.identifier::text,
       b.confirmed, b.signed_on, b.neighbours,
       m.verdict, m.boundary_geometry, m.relation, m.area_m2 AS measured_m2,
       m.geometry AS measured, f.name AS former_name, f.kind AS former_kind
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_identifier AS i USING (commune, parcel_uid)
LEFT JOIN cadastre.former_commune AS f ON f.commune = p.commune AND f.code = p.former_commune
LEFT JOIN cadastre.boundary_description AS b
       ON b.commune = p.commune AND b.parcel_uid = p.parcel_uid AND b.valid_to IS NULL
LEFT JOIN LATERAL (
    SELECT t.verdict, t.boundary_geometry, t.relation, g.area_m2, ST_AsBinary(g.geometry) AS geometry
    FROM cadastre.match AS t JOIN cadastre.measured_parcel AS g USING (commune, measured_uid)
    WHERE t.commune = p.commune AND t.parcel_uid = p.parcel_uid AND t.current
      AND t.relation = 'same' AND g.valid_to IS NULL
    ORDER BY t.match_id DESC LIMIT 1) AS m ON true
WHERE p.commune = :commune AND p.parcel_uid = :parcel_uid AND p.valid_to IS NULL;

-- name: dossier_mismatches
-- Mismatches open on a parcel or on a boundary that it shares.
SELECT mismatch_id::text, code, severity, message_vi, message_en
FROM cadastre.mismatch
WHERE commune = :commune AND status = 'open'
  AND (parcel_uid = :parcel_uid OR other_parcel_uid = :parcel_uid)
ORDER BY severity, code, mismatch_id;

-- name: dossier_purposes
-- Purposes of a parcel.
SELECT ordinal, land_use, area_m2, origin, term FROM cadastre.parcel_purpose
WHERE commune = :commune AND parcel_uid = :parcel_uid AND valid_to IS NULL ORDER BY ordinal;

-- name: dossier_neighbours
-- Parcels that touch a parcel, for its plan.
SELECT n.parcel_uid::text, n.sheet, n.parcel, n.land_use, ST_AsBinary(n.geometry) AS geometry
FROM cadastre.parcel AS p JOIN cadastre.parcel AS n
  ON n.commune = p.commune AND n.valid_to IS NULL AND n.parcel_uid <> p.parcel_uid
 AND ST_DWithin(n.geometry, p.geometry, :within_m)
WHERE p.commune = :commune AND p.parcel_uid = :parcel_uid AND p.valid_to IS NULL
LIMIT 60;

-- name: posting_list_public
-- What is posted to the public now: no identity numbers, no addresses of persons.
SELECT code, parcel_uid::text, opened_on, ends_on, places, sheet, parcel, area_m2, land_use, origin,
       holders
FROM cadastre.posted_now(:commune);

-- name: posting_land_public
-- Outlines of what is posted (code filled) and of the parcels around it (code NULL).
SELECT code, sheet, parcel, land_use, ST_AsBinary(outline) AS outline, ST_SRID(outline) AS srid
FROM cadastre.posted_land(:commune);

-- name: posting_communes_public
-- Communes with how many parcels each posts now.
SELECT code, kind, name, postings FROM cadastre.posting_communes();

-- name: boundary_close
-- The boundary description in force ends.
UPDATE cadastre.boundary_description SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND parcel_uid = :parcel_uid AND valid_to IS NULL;

-- name: boundary_open
-- A boundary description as the officer records it.
INSERT INTO cadastre.boundary_description (
    commune, parcel_uid, confirmed, neighbours, signed_on, note, opened_by)
VALUES (:commune, :parcel_uid, :confirmed, CAST(:neighbours AS jsonb), :signed_on, :note, :event)
RETURNING description_id;

-- name: mismatches_regrade
-- Severity of a parcel's mismatches of one code after its boundary was recorded.
UPDATE cadastre.mismatch SET severity = :severity, row_version = row_version + 1
WHERE commune = :commune AND parcel_uid = :parcel_uid AND code = :code
  AND status <> 'closed' AND severity <> :severity;
