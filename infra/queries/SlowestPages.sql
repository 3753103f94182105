-- Pages of the last day by their 75th percentile of LCP, as if nothing had been left out.
WITH latest AS (
  SELECT *, row_number() OVER (PARTITION BY session, view_id ORDER BY sequence DESC) AS place
  FROM raw_events
  WHERE hour >= date_format(current_timestamp - INTERVAL '1' DAY, '%Y-%m-%d-%H')
)
SELECT
  page,
  device,
  round(sum(1 / inclusion_probability)) AS views,
  approx_percentile(lcp_ms, 1 / inclusion_probability, 0.75) AS lcp_p75_ms
FROM latest
WHERE place = 1 AND NOT hidden AND lcp_ms IS NOT NULL
GROUP BY page, device
ORDER BY lcp_p75_ms DESC
LIMIT 50
