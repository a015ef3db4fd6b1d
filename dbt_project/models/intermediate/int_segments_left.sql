{#- What channels ask to be kept for them after this run has decided, by SKU and location. -#}
{{ config(tags=['decisions']) }}

{{ channel_segments(ref('int_reservations')) }}
