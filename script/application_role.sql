-- What web and worker may do to the database: everything that deeds need, but nothing to what was written as history.
-- Run as the owner of the tables after every migrate; twice is harmless:
--   psql "$OWNER_URL" --set ON_ERROR_STOP=1 --file script/application_role.sql
-- Then let the logins of web and worker be members, and that of the worker alone take the role of maintenance for
-- erasure, retention and seals:
--   GRANT coursemgmt_application TO coursemgmt_web, coursemgmt_worker;
--   GRANT coursemgmt_maintenance TO coursemgmt_worker WITH INHERIT FALSE;
-- PostgreSQL 15 does not know the last three words: without them the worker has that role's rights all the time.

DO $$
DECLARE
    history regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coursemgmt_application') THEN
        CREATE ROLE coursemgmt_application NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coursemgmt_maintenance') THEN
        CREATE ROLE coursemgmt_maintenance NOLOGIN;
    END IF;
    GRANT USAGE ON SCHEMA public TO coursemgmt_application, coursemgmt_maintenance;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO coursemgmt_application, coursemgmt_maintenance;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO coursemgmt_application, coursemgmt_maintenance;
    -- Every table that says of itself that its rows are only added, and who was behind the changes.
    FOR history IN
        SELECT tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'pgtrigger\_append\_only\_%'
        UNION SELECT 'pghistory_context'::regclass
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM coursemgmt_application', history);
    END LOOP;
    REVOKE INSERT ON coursemgmt_historyseal, coursemgmt_historyredaction FROM coursemgmt_application;
    -- A seal stands, whoever asks.
    REVOKE UPDATE, DELETE ON coursemgmt_historyseal, coursemgmt_historyredaction FROM coursemgmt_maintenance;
    REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM coursemgmt_application, coursemgmt_maintenance;
END
$$;

-- A request adds what it learns to the row that says who is behind its changes: only through this function.
ALTER FUNCTION _pgh_attach_context() SECURITY DEFINER SET search_path = public, pg_temp;
