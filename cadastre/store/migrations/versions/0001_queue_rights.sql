-- The queue lives beside the house; both processes put jobs on it, the worker takes them.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO cadastre_worker', one.tablename);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.%I TO cadastre_web', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename LIKE 'procrastinate%' LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE public.%I TO cadastre_worker, cadastre_web', one.sequencename);
    END LOOP;
END
$$;
