-- 一件案件现在的主办单位 / the unit now responsible for a case
select main_unit as unit
from work_order
where kind = 'case' and no = %(caseNo)s::text
