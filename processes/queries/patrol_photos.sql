-- 这次巡查的照片有几张在九十天内本镇街的别的巡查里用过 / photos of this patrol that another one of this town has, too
with this as (
    select id, town_code from work_order where no = %(no)s
), mine as (
    select distinct h.data ->> 'sm3' as sm3
    from history h join this on h.order_id = this.id
    where h.kind = 'FileAttached'
), others as (
    select distinct h.data ->> 'sm3' as sm3
    from work_order w
    join this on w.id <> this.id and w.town_code is not distinct from this.town_code
    join history h on h.order_id = w.id and h.kind = 'FileAttached'
    where w.kind = 'patrol' and w.opened_at > %(now)s::timestamptz - interval '90 days'
)
select count(*)::int as reused from mine join others using (sm3)
