-- 要回头看的案件：挂账、热点、领导件全部，其余随机抽 / cases to look back at: suspended, hotspots, leaders' and a random share
with closed as (
    select w.*, w.document as d
    from work_order w
    where w.kind = 'case' and w.status_code in (70, 71)
      and w.closed_at >= %(since)s::timestamptz and w.closed_at < %(until)s::timestamptz
      and ('x' || substr(md5(w.no), 1, 7))::bit(28)::int %% greatest(%(slices)s::int, 1) = %(slice)s::int
      and not exists (
          select 1 from work_order l where l.kind = 'lookback' and l.document ->> 'caseNo' = w.no
      )
), judged as (
    select c.*,
        case
            when coalesce(d #>> '{facts,leader}', 'false') = 'true' or coalesce(jsonb_array_length(nullif(d -> 'leaderRefs', 'null')), 0) > 0
                then '领导件'
            when d ->> 'hung' = 'true' then '挂账'
            when (
                select count(*) from work_order o
                where o.kind = 'case' and o.category_code = c.category_code and o.village_code = c.village_code
                  and o.address = c.address and o.opened_at >= %(hotspotSince)s::timestamptz
            ) >= 3 then '三次热点'
            when ('x' || substr(md5(c.no || %(seed)s::text), 1, 7))::bit(28)::int %% 1000 < %(percent)s::numeric * 10
                then '随机抽查'
        end as reason
    from closed c
)
select no as "caseNo", title, left(d ->> 'content', 200) as content, d ->> 'address' as address,
    lon, lat, d ->> 'gridCode' as "gridCode",
    d ->> 'villageCode' as "villageCode", d ->> 'townCode' as "townCode", d ->> 'categoryCode' as "categoryCode",
    d ->> 'mainUnit' as "mainUnit", d ->> 'sourceChannel' as "sourceChannel", d ->> 'resultCode' as "resultCode",
    left(d ->> 'process', 200) as process, d #>> '{doneBy,UT_hdl,unit}' as "handledUnit",
    d #>> '{doneBy,UT_site,user}' as "verifiedBy", d #>> '{doneBy,UT_site,unit}' as "verifiedUnit",
    array_remove(array[d #>> '{doneBy,UT_hdl,user}', d #>> '{doneBy,UT_site,user}', d ->> 'reporterUser'], null) as barred,
    reason, case when reason = '领导件' then coalesce(d #>> '{leaderRefs,0,leader}', '') end as leader
from judged
where reason is not null
order by array_position(array['领导件', '挂账', '三次热点', '随机抽查'], reason), no
limit 1500
