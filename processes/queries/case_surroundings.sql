-- 一件案件周围有什么：150 米内的学校和医院、所在网格、90 天内同一对象的案件、十分钟内立的受理时互相看不到的同类案件、三小时内的天气实况（本镇街的先于全区的） / what lies around a case
with place as (
    select name, kind, grid_code15,
           round(sqrt(((lon - %(lon)s::float) * 103400) ^ 2 + ((lat - %(lat)s::float) * 110700) ^ 2)) as metres
    from place_name
    where lon between %(lon)s::float - 0.005 and %(lon)s::float + 0.005
      and lat between %(lat)s::float - 0.005 and %(lat)s::float + 0.005
)
select
    (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'kind', kind, 'metres', metres) order by metres), '[]')
     from place where kind in ('学校', '医院') and metres <= 150) as nearby,
    (select grid_code15 from place where metres <= 500 order by metres limit 1) as grid,
    (select coalesce(jsonb_agg(no order by opened_at desc), '[]')
     from work_order
     where kind = 'case' and no <> %(caseNo)s::text and town_code = %(townCode)s::text
       and opened_at >= %(now)s::timestamptz - interval '90 days' and category_code = %(categoryCode)s::text
       and address = %(address)s::text) as history,
    (select coalesce(jsonb_agg(no order by no), '[]')
     from work_order
     where kind = 'case' and status = 'active' and no <> %(caseNo)s::text
       and opened_at >= %(now)s::timestamptz - interval '10 minutes' and category_code = %(categoryCode)s::text
       and coalesce(jsonb_array_length(nullif(document -> 'links', 'null')), 0) = 0
       and not no = any(coalesce(%(compared)s::text[], '{}'))
       and not coalesce(jsonb_exists(nullif(document -> 'compared', 'null'), %(caseNo)s::text), false)
       and round(sqrt(((lon - %(lon)s::float) * 103400) ^ 2 + ((lat - %(lat)s::float) * 110700) ^ 2)) <= 50) as twins,
    (select data || jsonb_build_object('at', at)
     from ledger_entry
     where ledger = 'weather' and key = any(array['全区', %(townCode)s::text])
       and at between %(now)s::timestamptz - interval '3 hours' and %(now)s::timestamptz
     order by key = '全区', at desc, id desc limit 1) as weather
