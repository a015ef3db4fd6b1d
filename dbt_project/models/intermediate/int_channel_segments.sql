{#- What channels ask to be kept for them before this run decides, by SKU and location. Read by Python. -#}
{{ config(tags=['ground']) }}

{{ channel_segments(ref('int_earlier_reservations')) }}
