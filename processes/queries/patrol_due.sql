-- 今天该巡查的主体：到了频次，且没有在办的巡查 / subjects that are due for a patrol and have none under way
select s ->> 'subject_id' as "subjectId", s ->> 'subject_name' as "subjectName", s ->> 'village_code' as "villageCode",
    s ->> 'address' as address, s ->> 'place_type' as "placeType", s ->> 'plan' as plan
from reference_list r cross join lateral jsonb_array_elements(r.rows) as s
where r.name = 'patrol_subjects'
  and not exists (
      select 1 from ledger_entry l
      where l.ledger = 'patrol' and l.key = s ->> 'subject_id' and l.data ->> 'event' = 'visit'
        and l.at > %(now)s::timestamptz - make_interval(days => (s ->> 'every_days')::int)
  )
  and not exists (
      select 1 from work_order w
      where w.kind = 'patrol' and w.status = 'active' and w.document ->> 'subjectId' = s ->> 'subject_id'
  )
order by s ->> 'subject_id'
limit 2000
