-- 上一次回头看的反弹率，以及这段时间办结了多少案件 / the rebound rate of the last look-back, and how many cases were closed
with looked as (
    select document ->> 'lookResult' as result, coalesce(document ->> 'handledUnit', document ->> 'mainUnit') as unit
    from work_order
    where kind = 'lookback' and document ? 'lookReason' and status = 'completed'
      and opened_at >= %(since)s::timestamptz and opened_at < %(until)s::timestamptz
), worst as (
    select coalesce(u.name, l.unit, '不明') as name, count(*) as rebounds
    from looked l left join org_unit u on u.unit_code = l.unit
    where l.result = '反弹' group by 1 order by 2 desc, 1 limit 5
)
select count(*) filter (where result in ('保持良好', '反弹')) as looked,
    count(*) filter (where result = '反弹') as rebounds,
    count(*) filter (where result = '无法核实') as unsure,
    round(100.0 * count(*) filter (where result = '反弹')
        / nullif(count(*) filter (where result in ('保持良好', '反弹')), 0), 1) as rate,
    (select string_agg(name || ' ' || rebounds, '、' order by rebounds desc, name) from worst) as units,
    (select count(*) from work_order
     where kind = 'case' and status_code in (70, 71)
       and closed_at >= %(since)s::timestamptz and closed_at < %(until)s::timestamptz) as closed
from looked
