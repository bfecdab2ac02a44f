// Package weights reads and writes safetensors files, the format of published weights and of Inkstone's own checkpoints:
// eight bytes of length, a header in JSON that gives each tensor's type, shape and range of bytes, then the bytes.
//
//	Write: tensors by name, made one at a time -> header with a checksum -> temporary name, fsync, rename, fsync of the folder
//	Read:  length -> header (scan.go: strict JSON) -> tensors' ranges (layout.go) -> bytes -> checksum, where there is one
//	Open:  a file, an index or a folder -> headers -> tensors as slices of the mapped files (archive.go)
//
// The same tensors and metadata give the same file, byte for byte. The reader takes no file that another reader may take
// differently: it refuses what the Python library refuses, and also three things that one lets pass: a header that begins
// with a space, a name given twice for the same range, and fields that the format does not have.
package weights
