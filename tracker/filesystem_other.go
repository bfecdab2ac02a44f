//go:build !linux

package tracker

func checkFileSystem(string) error { return nil }

func writable(string) error { return nil }

// freeSpace cannot be told here.
func freeSpace(string) int64 { return -1 }
