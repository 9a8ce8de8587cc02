// Package codec reads and writes the JSON that crosses libposthog's borders. It is the only importer of
// json-iterator and uses only its Iterator and Stream, never its reflection.
//
// A document is checked once, strictly, where it enters ([Check]). What follows is cut out of the checked bytes
// without copying them: a [Value] is one JSON text and stays the bytes the caller sent, so a number keeps its token
// from the ABI to the wire. Replies and request bodies are written with a [Writer].
//
// Why the structure is found by our own scan and only scalars are decoded by the Iterator is told in
// RATIONALE.md, "Why is there a JSON check in front of json-iterator?".
package codec
