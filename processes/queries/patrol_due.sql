-- 今天该巡查的主体：到了频次，且没有在办的巡查；预警定的重点、重点商户更密 / subjects that are due for a patrol
with plan as ( -- 每个预警最近的一条，还没有到期的
    select newest.data
    from (
        select distinct on (key) data from ledger_entry
        where ledger = 'patrol_plan' and at > %(now)s::timestamptz - interval '60 days'
        order by key, at desc, id desc
    ) newest
    where (newest.data ->> 'until')::timestamptz > %(now)s::timestamptz
), planned as (
    select s, s ->> 'subject_id' as subject, focus.text as focus, least(
        (s ->> 'every_days')::int, focus.every_days,
        case when exists (
            select 1 from ledger_entry l
            where l.ledger = 'credit' and l.key = s ->> 'subject_id' and l.data ->> 'event' = '三次同类违规'
              and l.at > %(now)s::timestamptz - interval '90 days'
              and not exists (
                  select 1 from ledger_entry u
                  where u.ledger = 'credit' and u.key = l.key and u.at >= l.at
                    and u.data ->> 'event' = '申诉撤销：三次同类违规'
              )
        ) then 7 end
    ) as every_days
    from reference_list r cross join lateral jsonb_array_elements(r.rows) as s
    left join division d on d.code12 = s ->> 'village_code'
    cross join lateral (
        select min((p.data ->> 'everyDays')::int) as every_days, string_agg(distinct p.data ->> 'focus', '、') as text
        from plan p
        where s ->> 'place_type' = any (string_to_array(p.data ->> 'placeTypes', ';'))
          and (p.data ->> 'villageCode' is null or p.data ->> 'villageCode' = s ->> 'village_code')
          and (p.data ->> 'townCode' is null or p.data ->> 'townCode' = d.parent_code12)
    ) focus
    where r.name = 'patrol_subjects'
)
select subject as "subjectId", s ->> 'subject_name' as "subjectName", s ->> 'village_code' as "villageCode",
    s ->> 'address' as address, s ->> 'place_type' as "placeType", s ->> 'plan' as plan, focus
from planned
where not exists (
      select 1 from ledger_entry l
      where l.ledger = 'patrol' and l.key = subject and l.data ->> 'event' = 'visit'
        and (l.at at time zone 'Asia/Shanghai')::date
            > (%(now)s::timestamptz at time zone 'Asia/Shanghai')::date - every_days
  )
  and not exists (
      select 1 from work_order w
      where w.kind = 'patrol' and w.status = 'active' and w.document ->> 'subjectId' = subject
  )
order by subject
limit 2000
