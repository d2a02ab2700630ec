package qris

import "fmt"

// CRC16 is the checksum of the payload: polynomial 0x1021, initial value
// 0xFFFF, nothing reflected or inverted. "123456789" gives 0x29B1.
func CRC16(s string) uint16 {
	crc := uint16(0xFFFF)
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= 0x1021
			}
		}
	}
	return crc
}

// checksum is the value of tag 63 for a payload that ends with the tag and
// length of the checksum itself: these four bytes count too.
func checksum(s string) string { return fmt.Sprintf("%04X", CRC16(s)) }
