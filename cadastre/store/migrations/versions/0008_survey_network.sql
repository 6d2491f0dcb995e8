-- What a field network came to: the covariance of its points, its observations with residuals
-- and corrections, and the corners of measured parcels with their covariance.

ALTER TABLE cadastre.survey_point
    ADD COLUMN role TEXT DEFAULT 'detail' NOT NULL,
    ADD COLUMN var_east DOUBLE PRECISION,
    ADD COLUMN var_north DOUBLE PRECISION,
    ADD COLUMN cov_en DOUBLE PRECISION,
    ADD CONSTRAINT survey_point_role CHECK (role IN ('control', 'station', 'detail'));

CREATE TABLE cadastre.survey_observation (
    commune CHAR(5) NOT NULL,
    survey_uid UUID NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    station TEXT NOT NULL,
    target TEXT NOT NULL,
    line INTEGER,
    read DOUBLE PRECISION,
    corrections JSONB DEFAULT '{}'::jsonb NOT NULL,
    observed DOUBLE PRECISION NOT NULL,
    adjusted DOUBLE PRECISION,
    residual DOUBLE PRECISION,
    sigma DOUBLE PRECISION NOT NULL,
    sigma_adjusted DOUBLE PRECISION,
    redundancy DOUBLE PRECISION,
    standardised DOUBLE PRECISION,
    used BOOLEAN NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (commune, survey_uid, number),
    FOREIGN KEY(survey_uid) REFERENCES cadastre.survey (survey_uid)
);

CREATE TABLE cadastre.measured_corner (
    commune CHAR(5) NOT NULL,
    measured_uid UUID NOT NULL,
    corner INTEGER NOT NULL,
    point TEXT,
    east DOUBLE PRECISION NOT NULL,
    north DOUBLE PRECISION NOT NULL,
    var_east DOUBLE PRECISION NOT NULL,
    var_north DOUBLE PRECISION NOT NULL,
    cov_en DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (commune, measured_uid, corner),
    FOREIGN KEY(commune, measured_uid) REFERENCES cadastre.measured_parcel (commune, measured_uid)
);
