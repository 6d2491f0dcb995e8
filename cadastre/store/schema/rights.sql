-- Rights: the web process and the worker own nothing, delete nothing, and cannot write the audit.

REVOKE ALL ON SCHEMA cadastre FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA cadastre FROM PUBLIC;
GRANT USAGE ON SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA cadastre GRANT SELECT, INSERT, UPDATE ON TABLES TO cadastre_web, cadastre_worker;
REVOKE UPDATE ON cadastre.audit, cadastre.dossier_event, cadastre.register_entry, cadastre.hand_over,
    cadastre.external_code FROM cadastre_web, cadastre_worker;
REVOKE INSERT ON cadastre.audit FROM cadastre_web, cadastre_worker;

-- The queue: both processes put jobs on it, the worker takes them.
GRANT SELECT, INSERT, UPDATE ON public.procrastinate_jobs, public.procrastinate_events,
    public.procrastinate_periodic_defers, public.procrastinate_workers TO cadastre_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.procrastinate_jobs, public.procrastinate_events,
    public.procrastinate_periodic_defers, public.procrastinate_workers TO cadastre_worker;
GRANT USAGE ON public.procrastinate_jobs_id_seq, public.procrastinate_events_id_seq,
    public.procrastinate_periodic_defers_id_seq, public.procrastinate_workers_id_seq
    TO cadastre_web, cadastre_worker;
