"""The shader texts of the full renderer, in parts that the quick one uses too."""
BONES = 31
SPHERES = 40

SKIN_CODE = f"""
uniform vec4 bones[{BONES * 3}];
in vec3 in_pos; in vec3 in_normal; in vec4 in_bone; in vec4 in_weight; in vec3 in_region; in float in_kind;
void skin(out vec3 p, out vec3 n) {{
    p = vec3(0); n = vec3(0);
    for (int i = 0; i < 4; i++) {{
        int b = int(in_bone[i]) * 3; float w = in_weight[i];
        vec4 h = vec4(in_pos, 1);
        p += w * vec3(dot(bones[b], h), dot(bones[b+1], h), dot(bones[b+2], h));
        n += w * vec3(dot(bones[b].xyz, in_normal), dot(bones[b+1].xyz, in_normal), dot(bones[b+2].xyz, in_normal));
    }}
}}
"""

NOISE = """
float hash(vec3 p) { p = fract(p * 0.3183099 + 0.1); p *= 17.0; return fract(p.x * p.y * p.z * (p.x + p.y + p.z)); }
float noise(vec3 x) {
    vec3 i = floor(x), f = fract(x); f = f * f * (3.0 - 2.0 * f);
    return mix(mix(mix(hash(i), hash(i + vec3(1,0,0)), f.x), mix(hash(i + vec3(0,1,0)), hash(i + vec3(1,1,0)), f.x), f.y),
               mix(mix(hash(i + vec3(0,0,1)), hash(i + vec3(1,0,1)), f.x), mix(hash(i + vec3(0,1,1)), hash(i + vec3(1,1,1)), f.x), f.y), f.z);
}
"""

LIGHT_UNIFORMS = f"""
uniform mat4 light_view; uniform vec3 lamp_pos[8]; uniform float lamp_power[8]; uniform int lamp_count; uniform int shadow_lamp;
uniform sampler2D shadow_map; uniform float ambient; uniform float exposure; uniform int infrared; uniform vec3 eye; uniform vec3 room;
uniform vec4 spheres[{SPHERES}]; uniform int sphere_count; uniform int own_from; uniform int own_to;
"""

LIGHT_SHADOW = """
float shadow(vec3 p, vec3 n) {
    vec4 q = light_view * vec4(p + n * 0.02, 1); q.xyz /= q.w;
    if (abs(q.x) > 0.99 || abs(q.y) > 0.99 || q.w < 0.0) return 1.0;
    vec2 uv = q.xy * 0.5 + 0.5; float z = q.z * 0.5 + 0.5, s = 0.0;
    float a = fract(sin(dot(gl_FragCoord.xy, vec2(12.9, 78.2))) * 43758.5) * 6.28;
    for (int i = 0; i < 6; i++) {
        float r = 0.008 * sqrt((float(i) + 0.5) / 6.0), t = a + 2.4 * float(i);
        s += texture(shadow_map, uv + r * vec2(cos(t), sin(t))).r > z - 0.0006 ? 1.0 : 0.0;
    }
    return s / 6.0;
}
"""

LIGHT_ROOM = """
float near_people(vec3 p, vec3 n) {
    float occ = 1.0;
    for (int i = 0; i < sphere_count; i++) {
        if (i >= own_from && i < own_to) continue;
        vec3 d = spheres[i].xyz - p; float r2 = spheres[i].w * spheres[i].w, l2 = dot(d, d);
        if (l2 > 40.0 * r2) continue;
        occ *= 1.0 - clamp(0.95 * max(dot(n, d) * inversesqrt(l2) + 0.2, 0.0) * r2 / max(l2, r2), 0.0, 0.8);
    }
    return occ;
}
// light that the shadow lamp cannot take away, and the light it gives
void gather(vec3 p, vec3 n, float gloss, float occ, out vec2 steady, out vec2 given) {
    vec3 gap = min(p, room - p); float corner = 1.0;
    corner *= 0.70 + 0.30 * smoothstep(0.0, 0.5, gap.x + abs(n.x) * 9.0);
    corner *= 0.70 + 0.30 * smoothstep(0.0, 0.5, gap.y + abs(n.y) * 9.0);
    corner *= 0.68 + 0.32 * smoothstep(0.0, 0.5, gap.z + abs(n.z) * 9.0);
    steady = vec2(ambient * (0.75 + 0.25 * n.z) * occ * corner, 0.0); given = vec2(0.0);
    vec3 v = normalize(eye - p);
    if (infrared == 1) {
        vec3 d = eye + vec3(0, 0, 0.05) - p; float l = length(d); d /= l;
        steady.x = 0.08 * occ * corner + 5.0 * max(dot(n, d) * 0.85 + 0.15, 0.0) / (3.0 + l * l) * (0.6 + 0.4 * corner) * (0.5 + 0.5 * occ);
    } else for (int i = 0; i < lamp_count; i++) {
        vec3 d = lamp_pos[i] - p; float l2 = dot(d, d); d *= inversesqrt(l2);
        float k = lamp_power[i] * max(dot(n, d) * 0.92 + 0.08, 0.0) * (0.35 + 0.65 * max(d.z, 0.0)) / (1.2 + 0.55 * l2) * (0.4 + 0.6 * occ);
        vec2 both = vec2(k, gloss * k * pow(max(dot(n, normalize(d + v)), 0.0), 40.0));
        if (i == shadow_lamp) given += both; else steady += both;
    }
}
"""

LIGHT = LIGHT_UNIFORMS + LIGHT_SHADOW + LIGHT_ROOM + """
vec3 shade(vec3 albedo, vec3 p, vec3 n, float gloss) {
    vec2 steady, given; gather(p, n, gloss, near_people(p, n), steady, given);
    vec2 sum = steady + given * (infrared == 1 ? 1.0 : 0.15 + 0.85 * shadow(p, n));
    return (albedo * sum.x + sum.y) * exposure;
}
vec3 tone(vec3 c) { c = c / (1.0 + 0.18 * c); return pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.0)); }
"""

ROOM_VS = """#version 330
uniform mat4 view; in vec3 in_pos; in vec3 in_normal; in float in_material; in vec3 in_colour;
out vec3 p; out vec3 n; out vec3 colour; flat out int material; out float w;
void main() { p = in_pos; n = in_normal; colour = in_colour; material = int(in_material + 0.5); gl_Position = view * vec4(p, 1); w = gl_Position.w; }
"""

ROOM_FS = "#version 330\n" + NOISE + LIGHT + """
in vec3 p; in vec3 n; in vec3 colour; flat in int material; in float w;
uniform vec3 low_paint; uniform float paint_line; uniform vec3 floor_alt; uniform float tile; uniform float seed;
layout(location=0) out vec4 out_steady; layout(location=1) out vec4 out_cast; layout(location=2) out vec4 out_place;
void main() {
    vec3 a = colour; float gloss = 0.0;
    float grain = noise(p * 37.0 + seed) * 0.5 + noise(p * 9.0 + seed) * 0.5;
    float stain = noise(p * 1.7 + seed * 3.1);
    if (material == 0) {
        a = p.z < paint_line ? low_paint : colour;
        a *= 1.0 - 0.5 * (1.0 - smoothstep(0.0, 0.015, abs(p.z - paint_line)));
        a *= 0.90 + 0.10 * grain + 0.10 * stain;
        a *= p.z < 0.10 ? 0.55 : 1.0;
        gloss = p.z < paint_line ? 0.10 : 0.0;
    } else if (material == 1) {
        if (tile > 0.0) {
            vec2 q = p.xy / tile; vec2 c = floor(q); vec2 e = abs(fract(q) - 0.5);
            a = mod(c.x + c.y, 2.0) < 0.5 ? colour : floor_alt;
            a *= 0.92 + 0.16 * hash(vec3(c, seed));
            a *= max(e.x, e.y) > 0.485 ? 0.65 : 1.0;
        }
        a *= 0.84 + 0.12 * grain + 0.16 * stain; gloss = 0.22;
    } else if (material == 2) a *= 0.94 + 0.08 * grain;
    else if (material == 3) {
        a *= 0.92 + 0.10 * noise(p * vec3(25, 25, 3) + seed); gloss = 0.15;
        a *= abs(fract(p.z * 1.0 + 0.15) - 0.5) < 0.012 ? 0.7 : 1.0;
    } else if (material == 5) a *= 0.92 + 0.14 * grain;
    else if (material == 6) a *= 0.80 + 0.25 * noise(p * 14.0) + 0.12 * sin(p.x * 40.0) * 0.5;
    // axis-aligned normals travel as a code in the alpha of out_steady
    float code = n.x > 0.5 ? 0.0 : n.x < -0.5 ? 1.0 : n.y > 0.5 ? 2.0 : n.y < -0.5 ? 3.0 : n.z > 0.5 ? 4.0 : 5.0;
    vec2 steady, given; gather(p, n, gloss, 1.0, steady, given);
    float still = infrared == 1 ? 1.0 : shadow(p, n);
    out_steady = vec4((a * steady.x + steady.y) * exposure, code);
    out_cast = vec4((a * given.x + given.y) * exposure * (0.15 + 0.85 * still), 1);
    if (material == 4) { out_steady.rgb = infrared == 1 ? vec3(0.25) : colour * 1.25; out_cast.rgb = vec3(0); }
    out_place = vec4(p, w);
}
"""

FULL_VS = """#version 330
in vec2 in_pos; void main() { gl_Position = vec4(in_pos, 0, 1); }
"""

# the room per frame: baked light, less what the people take away
FULL_FS = "#version 330\n" + LIGHT + """
uniform sampler2D steady_map, cast_map, place_map; uniform mat4 view; uniform vec4 crowd[8]; uniform int crowd_count;
layout(location=0) out vec4 out_colour; layout(location=1) out vec2 out_id;
void main() {
    ivec2 q = ivec2(gl_FragCoord.xy);
    vec4 s = texelFetch(steady_map, q, 0), place = texelFetch(place_map, q, 0); vec3 c = texelFetch(cast_map, q, 0).rgb;
    vec3 p = place.xyz; bool near = false;
    for (int i = 0; i < crowd_count; i++) { vec3 d = crowd[i].xyz - p; near = near || dot(d.xy, d.xy) < crowd[i].w; }
    if (near) {
        int code = int(s.a + 0.5); float one = code % 2 == 0 ? 1.0 : -1.0;
        vec3 n = code < 2 ? vec3(one, 0, 0) : code < 4 ? vec3(0, one, 0) : vec3(0, 0, one);
        float occ = near_people(p, n);
        s.rgb *= 0.3 + 0.7 * occ; c *= (0.4 + 0.6 * occ) * (infrared == 1 ? 1.0 : 0.15 + 0.85 * shadow(p, n));
    }
    out_colour = vec4(tone(s.rgb + c), 1); out_id = vec2(0.0, place.w);
    vec4 clip = view * vec4(p, 1); gl_FragDepth = clip.z / clip.w * 0.5 + 0.5;
}
"""

PERSON_VS = "#version 330\n" + SKIN_CODE + """
uniform mat4 view; out vec3 p; out vec3 n; out vec3 region; out float kind; out float w;
void main() { skin(p, n); region = in_region; kind = in_kind; gl_Position = view * vec4(p, 1); w = gl_Position.w; }
"""

# what a person's surface is made of, by the part of the unshaped body (region); the coarse version leaves the folds out
PERSON_ALBEDO = """
in vec3 p; in vec3 n; in vec3 region; in float kind; in float w;
uniform vec3 skin_colour, hair_colour, shirt_colour, trouser_colour, boot_colour; uniform float stripe, seed, person;
vec3 albedo(out vec3 nn, out float gloss, out float cloth) {
    vec3 a; nn = normalize(n); gloss = 0.0; cloth = 0.0; float ax = abs(region.x);
    if (!gl_FrontFacing) nn = -nn;
    if (kind < 0.25) {
        a = skin_colour; gloss = 0.05;
        if (region.z > 0.95 && region.y > 6.0) {
            a = mix(a, hair_colour, 0.75 * smoothstep(0.05, 0.0, abs(region.y - 7.47 + 0.10 * ax) - 0.04) * step(0.12, ax) * step(ax, 0.58));
            a = mix(a, a * vec3(0.72, 0.5, 0.5), smoothstep(0.06, 0.0, abs(region.y - 6.62)) * step(ax, 0.26));
            a *= 1.0 - 0.25 * smoothstep(0.22, 0.0, length(vec2(ax - 0.31, region.y - 7.29)));
        }
    } else if (kind < 0.75) { a = hair_colour * (0.7 + 0.6 * noise(region * vec3(9, 4, 9) + seed)); gloss = 0.04; }
    else if (kind < 1.5) { a = trouser_colour; cloth = 1.0; if (ax < 0.0) a *= 0.9; }
    else if (kind < 2.5) {
        a = shirt_colour; cloth = 1.0;
        if (stripe > 0.5 && ((region.y > 3.55 && region.y < 3.75 && ax < 1.9) )) a = vec3(0.62, 0.62, 0.58);
        if (region.z > 0.0 && ax < 0.04) a *= 0.55;
        if (region.y > 5.55 && ax < 1.2) a *= 0.8;
        if (ax > 4.2) a *= 0.75;
    } else if (kind < 3.5) { a = boot_colour; gloss = 0.12; if (region.y < -8.05) a *= 0.6; }
    else if (kind < 4.5) { float r = length(vec2(ax - 0.31, region.y - 7.285)); a = region.z > 1.2 && r < 0.075 ? vec3(0.06, 0.04, 0.03) : vec3(0.66); gloss = 0.2; }
    else { a = shirt_colour * 0.8; cloth = 0.4; if (region.y < 7.86) a *= 0.55; }
#ifdef COARSE
    if (cloth > 0.0) a *= 0.80 + 0.34 * noise(region * vec3(2.6, 1.5, 2.6) + seed);
#else
    if (cloth > 0.0) {
        vec3 q = region * vec3(1.3, 0.75, 1.3) + seed;
        float f0 = noise(q) + 0.5 * noise(q * 2.7);
        vec3 g = vec3(noise(q + vec3(.25,0,0)) + 0.5 * noise(q * 2.7 + vec3(.5,0,0)), noise(q + vec3(0,.25,0)) + 0.5 * noise(q * 2.7 + vec3(0,.5,0)), noise(q + vec3(0,0,.25)) + 0.5 * noise(q * 2.7 + vec3(0,0,.5))) - f0;
        nn = normalize(nn - cloth * 0.9 * g.zxy);
        a *= 0.84 + 0.14 * f0 + 0.10 * noise(region * 30.0);
    }
#endif
    if (infrared == 1) a = mix(a, vec3(dot(a, vec3(0.4, 0.35, 0.25)) * 0.55 + 0.22), cloth > 0.0 ? 0.8 : 0.3);
    return a;
}
"""

PERSON_FS = "#version 330\n" + NOISE + LIGHT + PERSON_ALBEDO + """
layout(location=0) out vec4 out_colour; layout(location=1) out vec2 out_id;
void main() {
    vec3 nn; float gloss, cloth; vec3 a = albedo(nn, gloss, cloth);
    out_colour = vec4(tone(shade(a, p, nn, gloss)), 1); out_id = vec2(person, w);
}
"""

SHADOW_VS = "#version 330\n" + SKIN_CODE + "uniform mat4 light_view; void main() { vec3 p, n; skin(p, n); gl_Position = light_view * vec4(p - n * 0.0, 1); }"
SHADOW_FS = "#version 330\nvoid main() {}"
BOX_SHADOW_VS = "#version 330\nuniform mat4 light_view; in vec3 in_pos; void main() { gl_Position = light_view * vec4(in_pos, 1); }"
