-- What is deleted by age is found by age.
CREATE INDEX id_audit_at ON id_audit (at_ms);
