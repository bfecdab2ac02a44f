//go:build !linux

package tracker

func checkFileSystem(string) error { return nil }
