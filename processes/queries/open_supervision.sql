-- 一件案件还没有结束的督办，不算自己 / supervisions of a case that have not ended, other than this one
select no
from work_order
where kind = 'supervise' and status = 'active' and document ->> 'caseNo' = %(caseNo)s::text and no <> %(ownNo)s::text
order by no
limit 1
