package remote

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// survey is what lies in a journal's folder.
type survey struct {
	Pending
	cursor  place
	number  int          // how many frames lie before the cursor in its segment
	end     place        // of the last segment, without what is torn
	torn    bool         // there is more in the last segment: a frame that was being written
	damaged bool         // there is, or was, something damaged
	spoilt  map[int]bool // the segments with damage
}

// look reads a journal and changes nothing.
func (d folder) look() (survey, error) {
	s := survey{cursor: d.cursor(), spoilt: map[int]bool{}}
	segments, damaged, err := d.segments()
	if err != nil {
		return s, err
	}
	s.end, s.damaged = s.cursor, damaged
	for i, segment := range segments {
		if err := s.add(d, segment, i == len(segments)-1); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *survey) add(d folder, segment int, last bool) error {
	data, err := os.ReadFile(d.segment(segment))
	if err != nil {
		return err
	}
	info, err := os.Stat(d.segment(segment))
	if err != nil {
		return err
	}
	before := s.Frames
	for _, p := range pieces(data, 0, 0, last) {
		if p.damaged {
			s.damaged, s.spoilt[segment] = true, true
		}
		at := place{segment, p.offset}
		if at.before(s.cursor) {
			if segment == s.cursor.Segment {
				s.number = p.number
			}
			continue
		}
		s.Frames++
		s.Bytes += int64(p.size)
		if p.damaged {
			s.Damaged = append(s.Damaged, p.damage(segmentName(segment)))
		}
	}
	if before == 0 && s.Frames > 0 {
		s.Oldest = max(time.Since(info.ModTime()), 0)
	}
	if last {
		_, torn := scan(data, 0, 0)
		s.end, s.torn = place{segment, torn}, torn < len(data)
	}
	return nil
}

// pieces cuts what lies in a segment from base on. The end of a segment that another follows is not torn, but damaged.
func pieces(data []byte, base, number int, last bool) []piece {
	all, torn := scan(data, base, number)
	if rest := data[torn-base:]; !last && len(rest) > 0 {
		all = append(all, piece{offset: torn, size: len(rest), number: number + len(all) + 1, damaged: true, bytes: rest})
	}
	return all
}

// recover looks through a journal that is opened for writing, cuts what is torn, and removes what was delivered.
func (d folder) recover() (survey, error) {
	s, err := d.look()
	if err == nil && s.torn {
		err = os.Truncate(d.segment(s.end.Segment), int64(s.end.Offset))
	}
	if err == nil {
		err = d.sweep(s)
	}
	if err != nil {
		return s, fmt.Errorf("read the journal: %w", err)
	}
	return s, nil
}

func (d folder) sweep(s survey) error {
	segments, _, err := d.segments()
	for _, n := range segments {
		if err == nil && n < s.cursor.Segment {
			err = d.retire(n, s.spoilt[n])
		}
	}
	return err
}

// Look tells what lies in a journal, and in which server's name; it changes nothing, and may look at one that is in use.
func Look(dir string) (Pending, string, error) {
	d := folder(dir)
	id, err := d.identity()
	if err != nil {
		return Pending{}, "", fmt.Errorf("look at journal %q: %w", dir, err)
	}
	s, err := d.look()
	if errors.Is(err, os.ErrNotExist) {
		s, err = d.look() // its sender has deleted a segment meanwhile
	}
	if err != nil {
		return Pending{}, id.Server, fmt.Errorf("look at journal %q: %w", dir, err)
	}
	return s.Pending, id.Server, nil
}
