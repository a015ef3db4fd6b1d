{#- Reserved before this run's decisions, by order line and location, less what this run ends. -#}
{{ config(tags=['ground']) }}

{{ reservations(ref('int_kept_decisions')) }}
