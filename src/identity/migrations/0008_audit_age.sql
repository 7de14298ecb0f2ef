-- Nobody finds records by their age any more: a tenant's oldest are its first ones. Each line paid for it.
DROP INDEX id_audit_at;
