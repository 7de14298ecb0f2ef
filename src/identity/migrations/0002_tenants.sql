-- Numbers for tenants that people make; the default one is 1.
INSERT INTO id_counter (name, last) VALUES ('tenant', 1);
CREATE INDEX id_principal_tenant_role ON id_principal (tenant_id, role);
