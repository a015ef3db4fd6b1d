{#- Reserved after this run's decisions, by order line and location. -#}
{{ config(tags=['decisions']) }}

{{ reservations(ref('stg_allocations')) }}
