{#- Reserved before this run's decisions, by order line and location. -#}
{{ config(tags=['ground']) }}

{{ reservations(ref('stg_earlier_allocations')) }}
