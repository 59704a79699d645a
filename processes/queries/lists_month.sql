-- 三清单：各责任主体一段时间内该做、做了、按期做了多少 / per unit: daily care, problems put right, projects
with months as (
    select w.*, w.document as d, coalesce(w.main_unit, w.document ->> 'startedUnit') as unit
    from work_order w
    where w.opened_at < %(until)s::timestamptz
      and (w.opened_at >= %(since)s::timestamptz or w.closed_at >= %(since)s::timestamptz or w.closed_at is null)
), late as (
    select distinct t.order_id from user_task t
    where t.stage = '处置' and t.due_at < least(coalesce(t.closed_at, %(until)s::timestamptz), %(until)s::timestamptz)
), counted as (
    select unit, '日常管护' as list, closed_at is not null and closed_at < %(until)s::timestamptz as done, true as in_time
    from months where kind = 'patrol'
    union all
    select unit, '问题整改', status_code in (70, 71) and closed_at < %(until)s::timestamptz,
        not exists (select 1 from late l where l.order_id = months.id)
    from months where kind = 'case' and coalesce(d ->> 'ddlType', '') <> '挂账'
    union all
    select unit, '项目建设', status_code in (70, 71) and closed_at < %(until)s::timestamptz, true
    from months where kind = 'case' and d ->> 'ddlType' = '挂账'
)
select c.unit, u.name, c.list, count(*) as total, count(*) filter (where done) as done,
    count(*) filter (where done and in_time) as "inTime",
    round(100.0 * count(*) filter (where done and in_time) / count(*), 1) as pct
from counted c join org_unit u on u.unit_code = c.unit
where u.tier in ('区', '镇街')
group by c.unit, u.name, c.list
order by c.unit, array_position(array['日常管护', '问题整改', '项目建设'], c.list)
