package measure

import "fmt"

// User is whom event number is of.
func User(number int) string { return fmt.Sprintf("user-%d", number%1000) }

// Properties are the ten of event number, about 390 bytes with the rest of it.
func Properties(number int) map[string]any {
	return map[string]any{
		"amount":   129.99 + float64(number),
		"currency": "EUR",
		"items":    3,
		"plan":     "pro",
		"country":  "DE",
		"first":    true,
		"coupon":   nil,
		"path":     "/checkout/done",
		"referrer": "https://www.example.com/shop/shoes?page=3&sort=price",
		"note":     "hello world, this is an ordinary text of an ordinary length, and no more",
	}
}

// EventJSON is event number for clients that take JSON.
func EventJSON(number int) []byte {
	return fmt.Appendf(nil, `{"distinct_id":"user-%d","event":"order completed","properties":{"amount":%d.99,`+
		`"currency":"EUR","items":3,"plan":"pro","country":"DE","first":true,"coupon":null,"path":"/checkout/done",`+
		`"referrer":"https://www.example.com/shop/shoes?page=3&sort=price",`+
		`"note":"hello world, this is an ordinary text of an ordinary length, and no more"}}`, number%1000, 129+number)
}
