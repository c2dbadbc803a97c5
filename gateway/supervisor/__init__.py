"""The process' life: what runs, what is restarted, what is well."""
