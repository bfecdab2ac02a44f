package viz

import (
	"image/color"
	"math"
)

// ramped is so many colours from the first to the last, in even steps to the eye.
func ramped(ramp [3]color.NRGBA, n int) color.Palette {
	colors := make(color.Palette, n)
	for i := range colors {
		at := 2 * float64(i) / float64(n-1)
		from := min(int(at), 1)
		colors[i] = blend(ramp[from], ramp[from+1], at-float64(from))
	}
	return colors
}

// blend is the colour between two, in the Oklab space (Björn Ottosson, "A perceptual color space for image processing", 2020).
func blend(a, b color.NRGBA, t float64) color.NRGBA {
	from, to := oklab(a), oklab(b)
	for i := range from {
		from[i] += t * (to[i] - from[i])
	}
	return fromOklab(from)
}

func oklab(c color.NRGBA) [3]float64 {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func fromOklab(lab [3]float64) color.NRGBA {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(lab[0] + 0.3963377774*lab[1] + 0.2158037573*lab[2])
	m := cube(lab[0] - 0.1055613458*lab[1] - 0.0638541728*lab[2])
	s := cube(lab[0] - 0.0894841775*lab[1] - 1.2914855480*lab[2])
	return color.NRGBA{
		R: encoded(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: encoded(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: encoded(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 0xff,
	}
}

// linear is the light of an sRGB channel, encoded the channel of light.
func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func encoded(x float64) uint8 {
	x = min(max(x, 0), 1)
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}
