//go:build !linux

package tracker

func checkFileSystem(string) error { return nil }

func writable(string) error { return nil }
