{#- Promised to a location that has not been told yet, after this run. -#}
{{ config(tags=['decisions']) }}

{{ unreleased(ref('stg_allocations'), "(" ~ told(ref('stg_exports')) ~ ")", ref('int_reservations')) }}
