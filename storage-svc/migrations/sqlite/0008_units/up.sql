-- Size of the work, as its validator told it; NULL when it did not.
ALTER TABLE evaluations ADD COLUMN units INTEGER CHECK (units BETWEEN 0 AND 4294967295);
