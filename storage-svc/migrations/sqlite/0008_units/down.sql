ALTER TABLE evaluations DROP COLUMN units;
