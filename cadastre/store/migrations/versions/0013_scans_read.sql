-- Scans: how the words of a paper were read. Pictures wait for the recognising program; those
-- taken before it was used say that they were not read.

ALTER TABLE cadastre.document_words ADD COLUMN reading text NOT NULL DEFAULT 'none';
ALTER TABLE cadastre.document_words
    ADD CHECK (reading IN ('none', 'text', 'waiting', 'recognised', 'unread'));
UPDATE cadastre.document_words AS w
SET reading = CASE WHEN length(w.words) > length(t.title) THEN 'text' ELSE 'unread' END
FROM cadastre.dossier_document AS t
WHERE t.document_uid = w.document_uid AND t.direction = 'lodged' AND t.source_id IS NOT NULL;
CREATE INDEX document_words_to_read ON cadastre.document_words (commune)
    WHERE reading IN ('waiting', 'unread');
