{#- What documents ask locations for before this run makes any, those included that replace others since the last one. -#}
{{ config(tags=['ground']) }}

{%- set since = "(select * from " ~ source('earlier', 'exports') ~ " where business_date >= " ~ unfinished_since() ~ ")" -%}
{%- set exports -%}
    (
        select {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id, stated.*
        from ({{ first_statement(since, ['export_id', 'line_number']) }}) as stated
    )
{%- endset %}

{{ told(exports) }}
