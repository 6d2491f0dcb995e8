-- The house: every table of the service. Frozen once released; later changes are later files.
-- Geometry tables hold no personal data and carry no row-level security (the commune is a
-- mandatory predicate); parties, rights, dossiers, documents and audit carry it.

CREATE SCHEMA cadastre;

-- Land ---------------------------------------------------------------------------------------

CREATE TABLE cadastre.commune (
    code        char(5) PRIMARY KEY,
    name        text NOT NULL,
    kind        text NOT NULL,                      -- xã, phường, đặc khu
    province    text NOT NULL,
    srid        integer NOT NULL,                   -- VN-2000 zone of its parcels
    mountain    boolean NOT NULL DEFAULT false,     -- longer time limits
    outline     geometry(MultiPolygon, 4326),       -- display position, from any vector file
    valid_from  date NOT NULL,
    row_version integer NOT NULL DEFAULT 1
);

CREATE TABLE cadastre.former_commune (
    commune char(5) NOT NULL REFERENCES cadastre.commune,
    code    char(5) NOT NULL,
    name    text NOT NULL,
    kind    text NOT NULL,
    seat    boolean NOT NULL DEFAULT false,         -- keeps its sheet numbers
    ordinal integer NOT NULL,                       -- order in which sheets are renumbered
    PRIMARY KEY (commune, code),
    UNIQUE (commune, ordinal)
);

-- One row per verb carried out: the audit event that every version and decision points to.
CREATE TABLE cadastre.event (
    event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune    char(5) NOT NULL REFERENCES cadastre.commune DEFERRABLE INITIALLY DEFERRED, -- opening a commune is an event of it
    verb       text NOT NULL,
    actor      text NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    subject    text,
    details    jsonb NOT NULL DEFAULT '{}'::jsonb
);
CREATE INDEX event_commune_at ON cadastre.event (commune, at);

-- Row images written by trigger from the tables of people and papers.
CREATE TABLE cadastre.audit (
    audit_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune    char(5) NOT NULL,
    event_id   bigint,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_user    text NOT NULL DEFAULT session_user,
    actor      text,
    table_name text NOT NULL,
    operation  text NOT NULL,
    before     jsonb,
    after      jsonb
);
CREATE INDEX audit_event ON cadastre.audit (event_id);

-- An uploaded or generated file, kept by its SHA-256 under the evidence folder.
CREATE TABLE cadastre.source (
    source_id   uuid PRIMARY KEY,
    commune     char(5) NOT NULL REFERENCES cadastre.commune,
    kind        text NOT NULL CHECK (kind IN ('sheet', 'survey', 'landbook', 'scan', 'document', 'outline')),
    name        text NOT NULL,
    sha256      char(64) NOT NULL,
    bytes       bigint NOT NULL,
    media_type  text NOT NULL DEFAULT 'application/octet-stream',
    received_at timestamptz NOT NULL DEFAULT now(),
    event_id    bigint NOT NULL REFERENCES cadastre.event,
    UNIQUE (commune, kind, sha256, name)
);

CREATE TABLE cadastre.sheet (
    sheet_uid      uuid PRIMARY KEY,
    commune        char(5) NOT NULL REFERENCES cadastre.commune,
    former_commune char(5) NOT NULL,
    map_set        text NOT NULL DEFAULT '',
    scale          integer NOT NULL,
    former_sheet   text NOT NULL,
    sheet          integer,                         -- number in the new commune, never changed
    surveyed_on    date,
    source_id      uuid REFERENCES cadastre.source,
    medium         text NOT NULL DEFAULT 'digital' CHECK (medium IN ('digital', 'paper')),
    declared_crs   text,
    srid           integer,
    report         jsonb NOT NULL DEFAULT '{}'::jsonb,
    opened_by      bigint NOT NULL REFERENCES cadastre.event,
    row_version    integer NOT NULL DEFAULT 1,
    FOREIGN KEY (commune, former_commune) REFERENCES cadastre.former_commune (commune, code),
    CONSTRAINT sheet_former_number UNIQUE (commune, former_commune, map_set, scale, former_sheet),
    CONSTRAINT sheet_number UNIQUE (commune, sheet)
);

-- Parcels as delivered by the former communes (after reading and counted repair, before merging).
CREATE TABLE cadastre.sheet_parcel (
    sheet_parcel_uid bigint GENERATED ALWAYS AS IDENTITY,
    commune          char(5) NOT NULL,
    sheet_uid        uuid NOT NULL REFERENCES cadastre.sheet,
    record           integer NOT NULL,              -- row in the file, from 1
    parcel_uid       uuid NOT NULL,                 -- from the old numbers; duplicates get a suffix
    former_commune   char(5) NOT NULL,
    map_set          text NOT NULL DEFAULT '',
    former_sheet     text NOT NULL,
    former_parcel    text,
    scale            integer NOT NULL,
    surveyed_on      date,
    land_use         text,
    printed_area_m2  double precision,
    attributes       jsonb NOT NULL DEFAULT '{}'::jsonb, -- other columns of the file; none about persons
    geometry         geometry NOT NULL,             -- commune's zone, metres
    display          geometry(Geometry, 3857) NOT NULL,
    valid_from       timestamptz NOT NULL DEFAULT now(),
    valid_to         timestamptz,
    opened_by        bigint NOT NULL REFERENCES cadastre.event,
    closed_by        bigint REFERENCES cadastre.event,
    PRIMARY KEY (sheet_parcel_uid)
);
CREATE INDEX sheet_parcel_sheet ON cadastre.sheet_parcel (commune, sheet_uid) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX sheet_parcel_current ON cadastre.sheet_parcel (commune, parcel_uid) WHERE valid_to IS NULL;
CREATE INDEX sheet_parcel_display ON cadastre.sheet_parcel USING gist (display);

-- Columns about persons that came with a sheet (owner names and the like; row-level security).
CREATE TABLE cadastre.sheet_person (
    commune          char(5) NOT NULL,
    sheet_parcel_uid bigint NOT NULL REFERENCES cadastre.sheet_parcel,
    attributes       jsonb NOT NULL,
    PRIMARY KEY (sheet_parcel_uid)
);

-- The merged parcel map: versions, opened and closed by events, never deleted.
CREATE TABLE cadastre.parcel (
    commune          char(5) NOT NULL,
    parcel_uid       uuid NOT NULL,
    version          integer NOT NULL,
    sheet            integer NOT NULL,
    parcel           text NOT NULL,
    former_commune   char(5) NOT NULL,
    map_set          text NOT NULL DEFAULT '',
    former_sheet     text NOT NULL,
    former_parcel    text,                          -- null: the sheet gives no number (LABEL_MISSING)
    scale            integer NOT NULL,
    surveyed_on      date,
    source_id        uuid,
    land_use         text,
    printed_area_m2  double precision,
    register_area_m2 double precision,
    area_m2          double precision NOT NULL,     -- planar, in the zone, unrounded
    origin           text NOT NULL DEFAULT 'merge' CHECK (origin IN ('merge', 'survey', 'undo', 'correction')),
    geometry         geometry NOT NULL,
    display          geometry(Geometry, 3857) NOT NULL,
    valid_from       timestamptz NOT NULL DEFAULT now(),
    valid_to         timestamptz,
    opened_by        bigint NOT NULL,
    closed_by        bigint,
    PRIMARY KEY (commune, parcel_uid, version)
) PARTITION BY LIST (commune);
CREATE UNIQUE INDEX parcel_current ON cadastre.parcel (commune, parcel_uid) WHERE valid_to IS NULL;
CREATE INDEX parcel_number ON cadastre.parcel (commune, sheet, parcel) WHERE valid_to IS NULL;
CREATE INDEX parcel_geometry ON cadastre.parcel USING gist (geometry) WHERE valid_to IS NULL;
CREATE INDEX parcel_display ON cadastre.parcel USING gist (display) WHERE valid_to IS NULL;

-- How a parcel looks on the map at this moment; rewritten by the verbs, derived from the rest.
CREATE TABLE cadastre.parcel_state (
    commune    char(5) NOT NULL,
    parcel_uid uuid NOT NULL,
    state      text NOT NULL DEFAULT 'clear'
        CHECK (state IN ('clear', 'info', 'warning', 'blocking', 'measured', 'dossier', 'certified')),
    blocking   integer NOT NULL DEFAULT 0,
    warning    integer NOT NULL DEFAULT 0,
    info       integer NOT NULL DEFAULT 0,
    measured   boolean NOT NULL DEFAULT false,
    dossier    boolean NOT NULL DEFAULT false,
    certified  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (commune, parcel_uid)
);

-- The 12-character identifier of TT 19/2026: computed once, unique in the country.
CREATE TABLE cadastre.parcel_identifier (
    identifier char(12) NOT NULL,
    commune    char(5) NOT NULL,
    parcel_uid uuid NOT NULL,
    east       double precision NOT NULL,
    north      double precision NOT NULL,
    opened_by  bigint NOT NULL REFERENCES cadastre.event,
    CONSTRAINT parcel_identifier_unique PRIMARY KEY (identifier),
    CONSTRAINT parcel_identifier_once UNIQUE (commune, parcel_uid)
);

CREATE TABLE cadastre.crosswalk (
    crosswalk_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune        char(5) NOT NULL,
    former_commune char(5) NOT NULL,
    map_set        text NOT NULL DEFAULT '',
    scale          integer NOT NULL,
    former_sheet   text NOT NULL,
    former_parcel  text NOT NULL,
    parcel_uid     uuid NOT NULL,
    sheet          integer NOT NULL,
    parcel         text NOT NULL,
    valid_from     timestamptz NOT NULL DEFAULT now(),
    valid_to       timestamptz,
    opened_by      bigint NOT NULL REFERENCES cadastre.event,
    closed_by      bigint REFERENCES cadastre.event
);
CREATE INDEX crosswalk_old ON cadastre.crosswalk (commune, former_sheet, former_parcel) WHERE valid_to IS NULL;
CREATE INDEX crosswalk_parcel ON cadastre.crosswalk (commune, parcel_uid);

CREATE TABLE cadastre.merge_run (
    run_id  uuid PRIMARY KEY,
    commune char(5) NOT NULL REFERENCES cadastre.commune,
    at      timestamptz NOT NULL DEFAULT now(),
    summary jsonb NOT NULL DEFAULT '{}'::jsonb,
    shifts  jsonb NOT NULL DEFAULT '[]'::jsonb,
    event_id bigint NOT NULL REFERENCES cadastre.event
);

CREATE TABLE cadastre.parcel_move (
    commune        char(5) NOT NULL,
    run_id         uuid NOT NULL REFERENCES cadastre.merge_run,
    parcel_uid     uuid NOT NULL,
    max_move_m     double precision NOT NULL,
    area_before_m2 double precision NOT NULL,
    area_after_m2  double precision NOT NULL,
    reason         text NOT NULL,
    PRIMARY KEY (commune, run_id, parcel_uid)
);

CREATE TABLE cadastre.proposal (
    commune        char(5) NOT NULL,
    proposal_id    uuid NOT NULL,
    run_id         uuid REFERENCES cadastre.merge_run,
    kind           text NOT NULL,
    parcel_uids    uuid[] NOT NULL,
    max_move_m     double precision NOT NULL,
    area_change_m2 double precision NOT NULL,
    geometry       geometry,
    display        geometry(Geometry, 3857),
    status         text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'rejected', 'withdrawn')),
    opened_by      bigint NOT NULL REFERENCES cadastre.event,
    closed_by      bigint REFERENCES cadastre.event,
    row_version    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (commune, proposal_id)
);

-- Measurements -------------------------------------------------------------------------------

CREATE TABLE cadastre.survey (
    survey_uid  uuid PRIMARY KEY,
    commune     char(5) NOT NULL REFERENCES cadastre.commune,
    label       text NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    source_id   uuid NOT NULL REFERENCES cadastre.source,
    srid        integer NOT NULL,
    surveyed_on date,
    uploaded_by text NOT NULL,
    report      jsonb NOT NULL DEFAULT '{}'::jsonb,
    valid_from  timestamptz NOT NULL DEFAULT now(),
    valid_to    timestamptz,
    opened_by   bigint NOT NULL REFERENCES cadastre.event,
    closed_by   bigint REFERENCES cadastre.event,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT survey_label_version UNIQUE (commune, label, version)
);

CREATE TABLE cadastre.survey_point (
    commune    char(5) NOT NULL,
    survey_uid uuid NOT NULL REFERENCES cadastre.survey,
    point      text NOT NULL,
    east       double precision NOT NULL,
    north      double precision NOT NULL,
    height     double precision,
    sigma_m    double precision NOT NULL,
    code       text,
    row_number integer NOT NULL,
    PRIMARY KEY (commune, survey_uid, row_number)
);

CREATE TABLE cadastre.measured_parcel (
    commune      char(5) NOT NULL,
    measured_uid uuid NOT NULL,
    survey_uid   uuid NOT NULL REFERENCES cadastre.survey,
    label        text,
    sigma_m      double precision NOT NULL,
    area_m2      double precision NOT NULL,
    boundary_confirmed text,                        -- what the signed description delivered with it says
    geometry     geometry NOT NULL,
    display      geometry(Geometry, 3857) NOT NULL,
    valid_from   timestamptz NOT NULL DEFAULT now(),
    valid_to     timestamptz,
    opened_by    bigint NOT NULL REFERENCES cadastre.event,
    closed_by    bigint REFERENCES cadastre.event,
    PRIMARY KEY (commune, measured_uid)
);
CREATE INDEX measured_parcel_display ON cadastre.measured_parcel USING gist (display);
CREATE INDEX measured_parcel_survey ON cadastre.measured_parcel (commune, survey_uid);

CREATE TABLE cadastre.reconciliation (
    reconciliation_id uuid PRIMARY KEY,
    commune           char(5) NOT NULL REFERENCES cadastre.commune,
    at                timestamptz NOT NULL DEFAULT now(),
    summary           jsonb NOT NULL DEFAULT '{}'::jsonb,
    shifts            jsonb NOT NULL DEFAULT '[]'::jsonb,
    event_id          bigint NOT NULL REFERENCES cadastre.event
);

CREATE TABLE cadastre.match (
    match_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune            char(5) NOT NULL,
    reconciliation_id  uuid NOT NULL REFERENCES cadastre.reconciliation,
    measured_uid       uuid,
    parcel_uid         uuid,
    relation           text NOT NULL CHECK (relation IN ('same', 'part', 'whole', 'many', 'none')),
    score              double precision,
    overlap_m2         double precision,
    iou                double precision,
    area_map_m2        double precision,
    area_measured_m2   double precision,
    register_area_m2   double precision,
    max_corner_m       double precision,
    hausdorff_m        double precision,
    boundary_geometry  text NOT NULL CHECK (boundary_geometry IN ('within', 'beyond', 'undetermined')),
    verdict            text NOT NULL,
    current            boolean NOT NULL DEFAULT true
);
CREATE INDEX match_parcel ON cadastre.match (commune, parcel_uid) WHERE current;
CREATE INDEX match_measured ON cadastre.match (commune, measured_uid) WHERE current;

CREATE TABLE cadastre.corner (
    corner_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune           char(5) NOT NULL,
    reconciliation_id uuid NOT NULL REFERENCES cadastre.reconciliation,
    measured_uid      uuid NOT NULL,
    parcel_uid        uuid NOT NULL,
    corner            integer NOT NULL,
    map_e             double precision,
    map_n             double precision,
    measured_e        double precision,
    measured_n        double precision,
    de                double precision,
    dn                double precision,
    distance_m        double precision,
    allowed_m         double precision,
    significant       boolean,
    current           boolean NOT NULL DEFAULT true
);
CREATE INDEX corner_parcel ON cadastre.corner (commune, parcel_uid) WHERE current;

-- The signed boundary description, as the officer records it.
CREATE TABLE cadastre.boundary_description (
    description_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune        char(5) NOT NULL,
    parcel_uid     uuid NOT NULL,
    confirmed      text NOT NULL CHECK (confirmed IN ('unchanged', 'changed', 'disputed', 'not recorded')),
    neighbours     jsonb NOT NULL DEFAULT '[]'::jsonb, -- [{parcel_uid|name, answer: signed|absent|refused|not_needed}]
    signed_on      date,
    note           text,
    valid_from     timestamptz NOT NULL DEFAULT now(),
    valid_to       timestamptz,
    opened_by      bigint NOT NULL REFERENCES cadastre.event,
    closed_by      bigint REFERENCES cadastre.event
);
CREATE UNIQUE INDEX boundary_description_current
    ON cadastre.boundary_description (commune, parcel_uid) WHERE valid_to IS NULL;

-- Mismatches ---------------------------------------------------------------------------------

CREATE TABLE cadastre.mismatch (
    commune          char(5) NOT NULL,
    mismatch_id      uuid NOT NULL,
    moment           text NOT NULL CHECK (moment IN ('import', 'landbook', 'merge', 'survey', 'reconcile')),
    code             text NOT NULL,
    severity         text NOT NULL CHECK (severity IN ('blocking', 'warning', 'info')),
    subject          text NOT NULL,
    parcel_uid       uuid,
    other_parcel_uid uuid,
    measured_uid     uuid,
    survey_uid       uuid,
    sheet            text,
    measured         double precision,
    allowed          double precision,
    unit             text NOT NULL DEFAULT '',
    rule             text NOT NULL,
    geometry         geometry,
    display          geometry(Geometry, 3857),
    message_vi       text NOT NULL,
    message_en       text NOT NULL,
    status           text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'decided', 'closed')),
    decision         text,                          -- of the decision in force
    opened_at        timestamptz NOT NULL DEFAULT now(),
    closed_at        timestamptz,
    opened_by        bigint NOT NULL,
    closed_by        bigint,
    row_version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (commune, mismatch_id)
) PARTITION BY LIST (commune);
CREATE INDEX mismatch_parcel ON cadastre.mismatch (commune, parcel_uid) WHERE status = 'open';
CREATE INDEX mismatch_other ON cadastre.mismatch (commune, other_parcel_uid) WHERE status = 'open';
CREATE INDEX mismatch_queue ON cadastre.mismatch (commune, status, severity, code);
CREATE INDEX mismatch_display ON cadastre.mismatch USING gist (display);

CREATE TABLE cadastre.mismatch_decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune     char(5) NOT NULL,
    mismatch_id uuid NOT NULL,
    decision    text NOT NULL,
    note        text NOT NULL DEFAULT '',
    actor       text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    measured    double precision,                   -- value it was taken on
    allowed     double precision,
    clears      boolean NOT NULL,                   -- whether it clears the gate
    event_id    bigint NOT NULL REFERENCES cadastre.event,
    ended_at    timestamptz,                        -- undone, replaced or lapsed
    ended_why   text CHECK (ended_why IN ('undone', 'replaced', 'lapsed')),
    ended_by    bigint REFERENCES cadastre.event
);
CREATE UNIQUE INDEX mismatch_decision_current
    ON cadastre.mismatch_decision (commune, mismatch_id) WHERE ended_at IS NULL;

-- People and rights (row-level security) -----------------------------------------------------

CREATE TABLE cadastre.party (
    party_uid   uuid PRIMARY KEY,
    commune     char(5) NOT NULL REFERENCES cadastre.commune,
    kind        text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'household', 'couple', 'community', 'organisation')),
    name        text NOT NULL,
    name_search text NOT NULL,                      -- lower case, without accents
    id_number   text,
    birth_date  date,
    gender      text,
    address     text,
    phone       text,
    valid_from  timestamptz NOT NULL DEFAULT now(),
    valid_to    timestamptz,
    opened_by   bigint NOT NULL REFERENCES cadastre.event,
    closed_by   bigint REFERENCES cadastre.event
);
CREATE INDEX party_name ON cadastre.party (commune, name_search text_pattern_ops);
CREATE INDEX party_id_number ON cadastre.party (commune, id_number);

-- A row of a land book, joined or not to a parcel; with its rights and purposes.
CREATE TABLE cadastre.landbook_record (
    record_uid         uuid PRIMARY KEY,
    commune            char(5) NOT NULL REFERENCES cadastre.commune,
    source_id          uuid NOT NULL REFERENCES cadastre.source,
    row_number         integer NOT NULL,
    former_commune     char(5) NOT NULL,
    map_set            text NOT NULL DEFAULT '',
    scale              integer,
    former_sheet       text NOT NULL,
    former_parcel      text NOT NULL,
    parcel_uid         uuid,                        -- null: RECORD_WITHOUT_PARCEL
    register_area_m2   double precision,
    address            text,
    certificate_serial text,                        -- of an earlier certificate
    book_number        text,
    valid_from         timestamptz NOT NULL DEFAULT now(),
    valid_to           timestamptz,
    opened_by          bigint NOT NULL REFERENCES cadastre.event,
    closed_by          bigint REFERENCES cadastre.event
);
CREATE INDEX landbook_record_parcel ON cadastre.landbook_record (commune, parcel_uid) WHERE valid_to IS NULL;
CREATE INDEX landbook_record_serial ON cadastre.landbook_record (commune, certificate_serial);

CREATE TABLE cadastre.parcel_right (
    right_uid         uuid PRIMARY KEY,
    commune           char(5) NOT NULL,
    parcel_uid        uuid,
    record_uid        uuid REFERENCES cadastre.landbook_record,
    party_uid         uuid NOT NULL REFERENCES cadastre.party,
    share_numerator   bigint NOT NULL DEFAULT 1,
    share_denominator bigint NOT NULL DEFAULT 1 CHECK (share_denominator > 0),
    role              text NOT NULL DEFAULT 'user',
    valid_from        timestamptz NOT NULL DEFAULT now(),
    valid_to          timestamptz,
    opened_by         bigint NOT NULL REFERENCES cadastre.event,
    closed_by         bigint REFERENCES cadastre.event
);
CREATE INDEX parcel_right_parcel ON cadastre.parcel_right (commune, parcel_uid) WHERE valid_to IS NULL;

-- Several purposes of one parcel; no personal data.
CREATE TABLE cadastre.parcel_purpose (
    commune    char(5) NOT NULL,
    parcel_uid uuid NOT NULL,
    ordinal    integer NOT NULL,
    land_use   text NOT NULL,
    area_m2    double precision,
    origin     text,
    term       text,
    valid_from timestamptz NOT NULL DEFAULT now(),
    valid_to   timestamptz,
    opened_by  bigint NOT NULL REFERENCES cadastre.event,
    closed_by  bigint REFERENCES cadastre.event,
    PRIMARY KEY (commune, parcel_uid, ordinal, valid_from)
);

-- Procedure (row-level security) -------------------------------------------------------------

CREATE TABLE cadastre.procedure_profile (
    profile_hash char(64) PRIMARY KEY,
    procedure    text NOT NULL,
    profile      text NOT NULL,                     -- the TOML as it was when the dossier was lodged
    first_seen   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE cadastre.dossier_counter (
    unit text NOT NULL,
    day  date NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (unit, day)
);

CREATE TABLE cadastre.dossier (
    dossier_uid    uuid PRIMARY KEY,
    commune        char(5) NOT NULL REFERENCES cadastre.commune,
    code           text NOT NULL,
    external_codes jsonb NOT NULL DEFAULT '{}'::jsonb,
    procedure      text NOT NULL,
    profile_hash   char(64) NOT NULL REFERENCES cadastre.procedure_profile,
    state          text NOT NULL,
    channel        text NOT NULL DEFAULT 'counter' CHECK (channel IN ('counter', 'post', 'online')),
    parcel_uid     uuid,
    lodged_at      timestamptz NOT NULL DEFAULT now(),
    lodged_by      text NOT NULL,
    facts          jsonb NOT NULL DEFAULT '{}'::jsonb, -- confirmations, posting, obligation: what gates read
    due_on         jsonb NOT NULL DEFAULT '{}'::jsonb, -- appointment name -> date
    closed_at      timestamptz,
    row_version    integer NOT NULL DEFAULT 1,
    opened_by      bigint NOT NULL REFERENCES cadastre.event,
    CONSTRAINT dossier_code UNIQUE (code)
);
CREATE INDEX dossier_parcel ON cadastre.dossier (commune, parcel_uid);
CREATE INDEX dossier_state ON cadastre.dossier (commune, state);

-- The event log of a dossier is the truth; its state is the replay of this.
CREATE TABLE cadastre.dossier_event (
    dossier_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune          char(5) NOT NULL,
    dossier_uid      uuid NOT NULL REFERENCES cadastre.dossier,
    ordinal          integer NOT NULL,
    action           text NOT NULL,
    from_state       text,
    to_state         text NOT NULL,
    actor            text NOT NULL,
    role             text NOT NULL,
    at               timestamptz NOT NULL DEFAULT now(),
    data             jsonb NOT NULL DEFAULT '{}'::jsonb,
    event_id         bigint NOT NULL REFERENCES cadastre.event,
    UNIQUE (dossier_uid, ordinal)
);

CREATE TABLE cadastre.dossier_party (
    commune           char(5) NOT NULL,
    dossier_uid       uuid NOT NULL REFERENCES cadastre.dossier,
    party_uid         uuid NOT NULL REFERENCES cadastre.party,
    share_numerator   bigint NOT NULL DEFAULT 1,
    share_denominator bigint NOT NULL DEFAULT 1 CHECK (share_denominator > 0),
    role              text NOT NULL DEFAULT 'applicant',
    PRIMARY KEY (dossier_uid, party_uid)
);

CREATE TABLE cadastre.dossier_document (
    document_uid uuid PRIMARY KEY,
    commune      char(5) NOT NULL,
    dossier_uid  uuid NOT NULL REFERENCES cadastre.dossier,
    kind         text NOT NULL,                     -- receipt, extract, posting, certificate, ... or a lodged paper
    title        text NOT NULL,
    direction    text NOT NULL CHECK (direction IN ('lodged', 'made')),
    source_id    uuid REFERENCES cadastre.source,   -- null: paper listed, not scanned
    version      integer NOT NULL DEFAULT 1,
    signed_by    text,
    superseded   boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT now(),
    event_id     bigint NOT NULL REFERENCES cadastre.event,
    UNIQUE (dossier_uid, kind, version)
);

CREATE TABLE cadastre.objection (
    objection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune      char(5) NOT NULL,
    dossier_uid  uuid NOT NULL REFERENCES cadastre.dossier,
    made_by      text NOT NULL,
    text         text NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    answer       text,
    answered_at  timestamptz,
    event_id     bigint NOT NULL REFERENCES cadastre.event
);

-- Blanks of the certificate form: a controlled range, each serial used, spoiled or free.
CREATE TABLE cadastre.certificate_blank (
    commune char(5) NOT NULL REFERENCES cadastre.commune,
    serial  text NOT NULL CHECK (serial ~ '^[A-Z]{2} [0-9]{8}$'),
    status  text NOT NULL DEFAULT 'free' CHECK (status IN ('free', 'used', 'spoiled')),
    event_id bigint NOT NULL REFERENCES cadastre.event,
    CONSTRAINT certificate_blank_serial PRIMARY KEY (serial)
);

CREATE TABLE cadastre.certificate (
    certificate_uid uuid PRIMARY KEY,
    commune         char(5) NOT NULL REFERENCES cadastre.commune,
    number          text NOT NULL,                  -- số vào sổ
    serial          text NOT NULL REFERENCES cadastre.certificate_blank,
    token           text NOT NULL,                  -- in the QR, names the certificate to anyone
    dossier_uid     uuid NOT NULL REFERENCES cadastre.dossier,
    parcel_uid      uuid NOT NULL,
    parcel_version  integer NOT NULL,
    area_m2         numeric(12, 1) NOT NULL,
    land_use        text NOT NULL,
    issued_on       date NOT NULL,
    signed_by       text NOT NULL,
    authority       text NOT NULL,
    status          text NOT NULL DEFAULT 'in_force' CHECK (status IN ('in_force', 'superseded', 'cancelled')),
    outline         geometry NOT NULL,              -- as certified, in the zone
    holders         jsonb NOT NULL,                 -- as printed
    document_uid    uuid REFERENCES cadastre.dossier_document,
    event_id        bigint NOT NULL REFERENCES cadastre.event,
    row_version     integer NOT NULL DEFAULT 1,
    CONSTRAINT certificate_number UNIQUE (commune, number),
    CONSTRAINT certificate_serial UNIQUE (serial),
    CONSTRAINT certificate_token UNIQUE (token)
);
CREATE UNIQUE INDEX certificate_one_per_dossier ON cadastre.certificate (dossier_uid) WHERE status = 'in_force';
CREATE INDEX certificate_parcel ON cadastre.certificate (commune, parcel_uid);

-- The land register page: what was entered, when, on what ground.
CREATE TABLE cadastre.register_entry (
    entry_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune         char(5) NOT NULL,
    parcel_uid      uuid NOT NULL,
    certificate_uid uuid REFERENCES cadastre.certificate,
    kind            text NOT NULL,
    content         jsonb NOT NULL,
    entered_at      timestamptz NOT NULL DEFAULT now(),
    event_id        bigint NOT NULL REFERENCES cadastre.event
);

-- Office -------------------------------------------------------------------------------------

CREATE TABLE cadastre.account (
    account_uid   uuid PRIMARY KEY,
    username      text NOT NULL,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    role          text NOT NULL CHECK (role IN ('officer', 'surveyor', 'registrar', 'chair', 'manager', 'admin')),
    communes      char(5)[] NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_username UNIQUE (username)
);

CREATE TABLE cadastre.session (
    token_hash  char(64) PRIMARY KEY,
    account_uid uuid NOT NULL REFERENCES cadastre.account,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz
);

CREATE TABLE cadastre.idempotency (
    actor        text NOT NULL,
    key          text NOT NULL,
    verb         text NOT NULL,
    request_hash char(64) NOT NULL,
    status       integer,
    response     jsonb,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);

-- Events for other systems, handed over after the transaction that wrote them.
CREATE TABLE cadastre.outbox (
    outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune      char(5) NOT NULL,
    kind         text NOT NULL,
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz
);

-- Progress of long work, read by the pages while it runs.
CREATE TABLE cadastre.job (
    job_id      uuid PRIMARY KEY,
    commune     char(5) NOT NULL REFERENCES cadastre.commune,
    kind        text NOT NULL,
    subject     text,
    status      text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
    progress    real NOT NULL DEFAULT 0,
    stage       text NOT NULL DEFAULT '',
    arguments   jsonb NOT NULL DEFAULT '{}'::jsonb,
    result      jsonb,
    problem     jsonb,
    actor       text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz
);
