-- Printers of an office, each with the shift of the overprint measured on its calibration page.

CREATE TABLE cadastre.printer (
    commune CHAR(5) NOT NULL,
    name TEXT NOT NULL,
    right_mm NUMERIC(4, 1) NOT NULL,
    down_mm NUMERIC(4, 1) NOT NULL,
    event_id BIGINT NOT NULL,
    PRIMARY KEY (commune, name),
    CONSTRAINT printer_offset CHECK (abs(right_mm) <= 20 AND abs(down_mm) <= 20),
    FOREIGN KEY(commune) REFERENCES cadastre.commune (code),
    FOREIGN KEY(event_id) REFERENCES cadastre.event (event_id)
);
