{{ config(tags=['ground']) }}

{#- Revenue in minor units over all currencies: the classes rank SKUs, they are no amount. A SKU that replaces another one
    has earned what that one did. -#}
with revenue as (
    select
        coalesce(successors.successor_sku, lines.sku) as sku,
        sum(lines.unit_price_minor * (lines.qty_ordered - lines.qty_cancelled)) as revenue_minor
    from {{ ref('int_order_lines') }} as lines
    left join {{ ref('int_successors') }} as successors on lines.sku = successors.sku
    where lines.business_date > {{ days_after(as_of_date(), -365) }}
    group by coalesce(successors.successor_sku, lines.sku)
),

ranked as (
    select
        products.sku,
        coalesce(revenue.revenue_minor, 0) as revenue_minor,
        sum(coalesce(revenue.revenue_minor, 0)) over (
            order by coalesce(revenue.revenue_minor, 0) desc, products.sku
            rows between unbounded preceding and current row
        ) as revenue_running,
        sum(coalesce(revenue.revenue_minor, 0)) over () as revenue_total
    from {{ ref('stg_products') }} as products
    left join revenue on products.sku = revenue.sku
)

select
    products.sku,
    products.description,
    products.category,
    products.supplier_id,
    products.unit_cost_minor,
    products.unit_price_minor,
    products.currency,
    products.pack_quantity,
    products.is_active,
    products.min_order_quantity,
    products.shelf_life_days,
    products.weight_grams,
    products.unit_volume_ml,
    products.handling_class,
    successors.successor_sku,
    case
        when ranked.revenue_minor <= 0 then 'C'
        when (ranked.revenue_running - ranked.revenue_minor) * 100 < ranked.revenue_total * 80 then 'A'
        when (ranked.revenue_running - ranked.revenue_minor) * 100 < ranked.revenue_total * 95 then 'B'
        else 'C'
    end as abc_class
from {{ ref('stg_products') }} as products
inner join ranked on products.sku = ranked.sku
left join {{ ref('int_successors') }} as successors on products.sku = successors.sku
