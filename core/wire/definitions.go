package wire

// Definitions builds the request for the flag definitions. etag is the last answer's, or empty.
func (p *Project) Definitions(etag string, timeoutMs int64) *Request {
	r := p.request("GET", "/flags/definitions?token="+escape(p.APIKey)+"&send_cohorts", timeoutMs,
		Header{"authorization", "Bearer " + p.SecretKey})
	if etag != "" {
		r.SetHeader("if-none-match", etag)
	}
	return r
}
