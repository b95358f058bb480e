"""Things drawn with a few shapes, for the pictures of deals.

Each is a piece of SVG about 100 units wide and high around its own middle; what stands has its foot at y = 50. Letters
in braces are colours of a palette: m main, d dark, a accent, l light, t tone (near the background), b background.
"""

FOOD = {
    "bowl": (
        '<path fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round" '
        'd="M-14-30q-8-9 0-18t0-16M8-30q-8-9 0-18t0-16"/>'
        '<path fill="{a}" d="M-36-4a36 22 0 0 1 72 0z"/><circle cx="-12" cy="-12" r="8" fill="{l}"/>'
        '<circle cx="14" cy="-11" r="6" fill="{d}"/><path fill="{l}" d="M24-8q4-16 18-18-1 14-12 20z" opacity=".8"/>'
        '<path fill="{m}" d="M-48-6h96a48 48 0 0 1-30 46v8h-36v-8a48 48 0 0 1-30-46z"/>'
        '<path fill="{d}" opacity=".25" d="M14 42q22-14 24-48h10a48 48 0 0 1-30 46v8h-8z"/>'
        '<path fill="none" stroke="{l}" stroke-width="3" d="M-42 8h84" opacity=".7"/>'
    ),
    "plate": (
        '<circle r="44" fill="{l}"/><circle r="30" fill="{t}"/>'
        '<path fill="{m}" d="M-20 4q2-24 24-22 20 4 16 22-6 16-22 14-16 0-18-14z"/>'
        '<path fill="{a}" d="M-14-12q14-16 30-4-12 12-30 4z"/><circle cx="6" cy="8" r="7" fill="{d}"/>'
        '<path stroke="{d}" stroke-width="4" stroke-linecap="round" fill="none" '
        'd="M-60-38v76M-66-38v18q6 8 12 0v-18M60 38v-76q-9 16-8 40h8"/>'
    ),
    "pizza": (
        '<circle r="46" fill="{d}"/><circle r="40" fill="{a}"/>'
        '<path stroke="{d}" stroke-width="2" opacity=".5" d="M0-40v80M-35-20l70 40M-35 20l70-40"/>'
        '<circle cx="-14" cy="-20" r="8" fill="{m}"/><circle cx="18" cy="-14" r="8" fill="{m}"/>'
        '<circle cx="-20" cy="10" r="7" fill="{m}"/><circle cx="8" cy="22" r="8" fill="{m}"/>'
        '<path fill="{l}" d="M-4-4q8-10 16-2-6 10-16 2zM-30-8q8-8 14-2-6 8-14 2zM20 6q8-8 14 0-8 8-14 0z"/>'
    ),
    "burger": (
        '<path fill="{a}" d="M-44-6q2-36 44-36t44 36z"/><path fill="{l}" d="M-20-24l6 3M2-30l6 3M20-22l6 3"/>'
        '<g fill="{l}"><circle cx="-18" cy="-24" r="2.5"/><circle cx="2" cy="-30" r="2.5"/>'
        '<circle cx="20" cy="-22" r="2.5"/></g><path fill="{m}" d="M-48-4h96l-12 12-12-6-12 6-12-6-12 6-12-6z"/>'
        '<rect x="-46" y="8" width="92" height="15" rx="7" fill="{d}"/>'
        '<path fill="{a}" d="M-44 26h88v8q0 16-16 16h-56q-16 0-16-16z"/>'
    ),
    "taco": (
        '<path fill="{m}" d="M-40 20q0-20 10-26 4-14 18-14 8-12 22-6 14-4 18 10 14 8 12 30z"/>'
        '<circle cx="-14" cy="-12" r="7" fill="{l}"/><circle cx="12" cy="-18" r="6" fill="{d}"/>'
        '<path fill="{a}" d="M-52 50a46 62 0 0 1 92-8q6 4 10 8z"/><path fill="{d}" opacity=".15" d="M6-10q36 14 44 60h-20q0-40-24-60z"/>'
    ),
    "cup": (
        '<path fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round" d="M-12-28q-8-8 0-16t0-15M8-28q-8-8 0-16t0-15"/>'
        '<path fill="none" stroke="{m}" stroke-width="8" d="M28-6q24-2 20 14t-26 14"/>'
        '<path fill="{m}" d="M-34-16h68v22q0 34-34 34t-34-34z"/><path fill="{d}" d="M-34-16h68v8h-68z"/>'
        '<path fill="{l}" opacity=".35" d="M-26-4h8v10q0 14 8 22-16-4-16-24z"/>'
        '<path fill="{a}" d="M-48 42h96q-8 8-20 8h-56q-12 0-20-8z"/>'
    ),
    "latte": (
        '<circle r="46" fill="{l}"/><path fill="none" stroke="{l}" stroke-width="10" d="M40-18q28 4 20 26"/>'
        '<circle r="35" fill="{d}"/><path fill="{a}" d="M0 26q-30-18-22-38 10-14 22 2 12-16 22-2 8 20-22 38z"/>'
        '<path fill="none" stroke="{d}" stroke-width="3" d="M0 18q-16-12-14-24M0 18q16-12 14-24M0 20v-28"/>'
    ),
    "croissant": (
        '<path fill="{a}" d="M-50 34q-6-58 50-66 56 8 50 66-6 10-16 2-4-26-34-28-30 2-34 28-10 8-16-2z"/>'
        '<path fill="none" stroke="{d}" stroke-width="4" stroke-linecap="round" opacity=".55" '
        'd="M-36 4l14 14M-18-18l8 22M18-18l-8 22M36 4l-14 14"/>'
    ),
    "loaf": (
        '<path fill="{a}" d="M-50 16q-4-40 50-42 54 2 50 42v20q0 14-14 14h-72q-14 0-14-14z"/>'
        '<path fill="none" stroke="{l}" stroke-width="6" stroke-linecap="round" d="M-28-8l10 22M-4-14l10 22M20-12l10 22"/>'
        '<path fill="{d}" opacity=".2" d="M-50 34h100v2q0 14-14 14h-72q-14 0-14-14z"/>'
    ),
    "cake": (
        '<path fill="{l}" d="M-40-6q0-16 16-16h48q16 0 16 16v14h-80z"/><path fill="{m}" d="M-40 4q10 14 20 4 10 14 20 4 10 14 20 4 10 12 20 2v32h-80z"/>'
        '<path stroke="{d}" stroke-width="4" d="M-16-22v-16M0-22v-16M16-22v-16"/>'
        '<g fill="{a}"><circle cx="-16" cy="-43" r="4"/><circle cy="-43" r="4"/><circle cx="16" cy="-43" r="4"/></g>'
        '<path fill="{d}" d="M-50 42h100v8h-100z"/>'
    ),
    "glass": (
        '<path fill="{l}" d="M-24-46h48q6 46-20 50v36q16 2 18 10h-44q2-8 18-10v-36q-26-4-20-50z"/>'
        '<path fill="{m}" d="M-25-24h50q-2 24-25 24t-25-24z"/><circle cx="-6" cy="-14" r="3" fill="{l}" opacity=".7"/>'
    ),
    "bottle": (
        '<path fill="{d}" d="M-8-58h16v26q14 8 14 24v52q0 6-6 6h-32q-6 0-6-6v-52q0-16 14-24z"/>'
        '<path fill="{a}" d="M-22 2h44v28h-44z"/><path fill="{m}" d="M-8-58h16v12h-16z"/>'
        '<path fill="none" stroke="{d}" stroke-width="3" d="M-12 12h24M-12 20h16"/>'
    ),
    "beer": (
        '<path fill="none" stroke="{l}" stroke-width="8" d="M26-10h10q10 0 10 12v10q0 14-14 14h-6"/>'
        '<path fill="{a}" d="M-30-24h58v64q0 10-10 10h-38q-10 0-10-10z"/>'
        '<path fill="{l}" d="M-36-24q-2-18 16-18 8-14 24-6 14-8 22 4 14 2 10 20-6 6-12 0v18q-8 8-14 0v-16h-36z"/>'
        '<path stroke="{m}" stroke-width="4" stroke-linecap="round" opacity=".6" d="M-16-2v36M-1-2v36M14 8v26"/>'
    ),
    "cocktail": (
        '<path fill="{l}" d="M-40-36h80l-36 42v34q16 2 18 10h-44q2-8 18-10v-34z"/><path fill="{m}" d="M-28-24h56l-28 30z"/>'
        '<circle cx="30" cy="-40" r="14" fill="{a}"/><circle cx="30" cy="-40" r="8" fill="{l}" opacity=".5"/>'
    ),
    "sushi": (
        '<path fill="{l}" d="M-46 12h40q4 0 4 4v16q0 6-6 6h-36q-6 0-6-6v-16q0-4 4-4z"/>'
        '<path fill="{m}" d="M-54 10q4-26 28-28 26 0 30 24-10 8-28 8-20 2-30-4z"/>'
        '<path fill="none" stroke="{l}" stroke-width="3" opacity=".7" d="M-40-10l8 22M-24-16l8 26M-10-12l6 18"/>'
        '<rect x="8" y="-2" width="40" height="40" rx="10" fill="{d}"/><rect x="14" y="4" width="28" height="28" rx="7" fill="{l}"/>'
        '<circle cx="28" cy="18" r="8" fill="{a}"/><path fill="{a}" d="M-58 40h116v10h-116z"/>'
    ),
    "fish": (
        '<ellipse rx="58" ry="36" fill="{l}"/><ellipse rx="46" ry="26" fill="{t}"/>'
        '<path fill="{m}" d="M-40 0q20-24 50-12 10 4 16 10l16-12q6 14 0 28l-16-12q-6 8-16 12-32 10-50-14z"/>'
        '<circle cx="-26" cy="-3" r="3" fill="{d}"/><path fill="none" stroke="{l}" stroke-width="3" d="M-14-8q8 8 0 18M0-10q8 10 0 20"/>'
        '<path fill="{a}" d="M14-26q16-4 20 8-14 4-20-8z"/>'
    ),
    "cloche": (
        '<circle cy="-40" r="7" fill="{a}"/><path fill="{m}" d="M-46 26q0-60 46-60t46 60z"/>'
        '<path fill="none" stroke="{l}" stroke-width="5" stroke-linecap="round" opacity=".6" d="M-32 14q4-28 24-34"/>'
        '<path fill="{d}" d="M-58 30h116q-2 10-14 10h-88q-12 0-14-10z"/><path fill="{a}" d="M-30 44h60v6h-60z"/>'
    ),
    "teapot": (
        '<path fill="none" stroke="{d}" stroke-width="7" d="M-14-22q14-30 28 0"/><circle cy="-24" r="5" fill="{a}"/>'
        '<path fill="none" stroke="{m}" stroke-width="10" d="M34 26q20-6 18-32"/>'
        '<path fill="{m}" d="M-38 12q0-34 38-34t38 34q0 24-16 38h-44q-16-14-16-38z"/><path fill="none" stroke="{l}" stroke-width="4" d="M-36 8q36 14 72 0"/>'
        '<path fill="{d}" opacity=".2" d="M12-20q26 6 26 32 0 24-16 38h-12q22-30 2-70z"/>'
    ),
    "basket": (
        '<circle cx="-18" cy="-6" r="17" fill="{m}"/><circle cx="16" cy="-8" r="18" fill="{a}"/>'
        '<path fill="{d}" d="M14-26q2-12 14-14 0 12-14 14zM-20-22q-2-10-12-12 0 10 12 12z"/>'
        '<path fill="{l}" d="M-48 2h96l-10 42q-2 6-8 6h-60q-6 0-8-6z"/>'
        '<path stroke="{d}" stroke-width="3" opacity=".35" d="M-44 18h88M-40 34h80M-20 2l4 48M20 2l-4 48"/>'
    ),
    "pot": (
        '<path fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round" d="M-10-36q-8-8 0-16M10-36q-8-8 0-16"/>'
        '<path fill="{d}" d="M-44-14q2-16 44-16t44 16z"/><circle cy="-32" r="5" fill="{a}"/>'
        '<path fill="{m}" d="M-42-10h84v44q0 16-16 16h-52q-16 0-16-16z"/><path fill="{d}" d="M-58-2h16v10h-16zM42-2h16v10h-16z"/>'
        '<path fill="{l}" opacity=".3" d="M-32 0h8v38q-8-2-8-10z"/>'
    ),
}

CARE = {
    "stones": (
        '<ellipse cy="38" rx="46" ry="13" fill="{d}"/><ellipse cx="3" cy="15" rx="35" ry="12" fill="{m}"/>'
        '<ellipse cx="-3" cy="-6" rx="25" ry="11" fill="{a}"/><path fill="{l}" d="M-3-16q-8-26 16-36 10 24-16 36z"/>'
        '<path stroke="{m}" stroke-width="2" fill="none" d="M-3-16q8-14 12-28"/>'
    ),
    "lotus": (
        '<path fill="{m}" d="M0 40q-60 6-58-40 24-4 40 16-10-30 0-42 20 8 18 34-2-26 18-34 10 12 0 42 16-20 40-16 2 46-58 40z"/>'
        '<path fill="{a}" d="M0 40q-30-20 0-70 30 50 0 70z"/><path fill="{l}" opacity=".5" d="M0 40q-12-18 0-42 12 24 0 42z"/>'
        '<path fill="{d}" d="M-50 40h100q-20 10-50 10t-50-10z"/>'
    ),
    "candle": (
        '<path fill="{a}" d="M0-52q18 20 0 32-18-12 0-32z"/><path stroke="{d}" stroke-width="3" d="M0-22v12"/>'
        '<path fill="{l}" d="M-24-12q24-8 48 0v62h-48z"/><path fill="{m}" d="M-24 14h48v22h-48z"/>'
        '<path fill="{d}" opacity=".15" d="M10-14q8 0 14 2v62h-14z"/>'
    ),
    "scissors": (
        '<g fill="none" stroke="{d}" stroke-width="9"><circle cx="-20" cy="34" r="14"/><circle cx="20" cy="34" r="14"/></g>'
        '<path fill="{l}" d="M-14 24l34-82q8 10 4 22l-28 64zM14 24l-34-82q-8 10-4 22l28 64z"/><circle r="5" cy="2" fill="{a}"/>'
    ),
    "comb": (
        '<path fill="{m}" d="M-18-50h20q8 0 8 8v84q0 8-8 8h-20z"/>'
        '<path stroke="{m}" stroke-width="5" stroke-linecap="round" d="M10-42h20M10-31h20M10-20h20M10-9h20M10 2h20M10 13h20M10 24h20M10 35h20"/>'
    ),
    "polish": (
        '<path fill="{d}" d="M-10-52h20l4 46h-28z"/><path fill="{m}" d="M-26-4h52q6 0 6 8v36q0 10-10 10h-44q-10 0-10-10v-36q0-8 6-8z"/>'
        '<path fill="{l}" opacity=".45" d="M-22 6h10v34h-4q-6 0-6-6z"/><path fill="{a}" d="M-14-8h28v6h-28z"/>'
    ),
    "serum": (
        '<path fill="{d}" d="M-7-56h14q4 0 4 6v14h-22v-14q0-6 4-6z"/><path fill="{a}" d="M-16-36h32v12h-32z"/>'
        '<path fill="{m}" d="M-22-22h44q10 0 10 10v50q0 12-12 12h-40q-12 0-12-12v-50q0-10 10-10z"/>'
        '<path fill="{l}" d="M0-4q18 20 0 32-18-12 0-32z"/>'
    ),
    "jar": (
        '<path fill="{d}" d="M-36-14h72v16h-72z"/><path fill="{m}" d="M-34 4h68v32q0 14-14 14h-40q-14 0-14-14z"/>'
        '<path fill="{l}" opacity=".5" d="M-24 12h8v28q-8-2-8-10z"/><path fill="{a}" d="M-4-14q-20-20-2-40 22 14 2 40z"/>'
    ),
    "lipstick": (
        '<path fill="{a}" d="M-12-8v-34q20-14 24 4v30z"/><path fill="{l}" d="M-16-8h32v20h-32z"/><path fill="{d}" d="M-20 10h40v40h-40z"/>'
    ),
    "sun": (
        '<circle r="26" fill="{a}"/><path stroke="{a}" stroke-width="6" stroke-linecap="round" '
        'd="M0-38v-12M0 38v12M-38 0h-12M38 0h12M-27-27l-8-8M27 27l8 8M-27 27l-8 8M27-27l8-8"/>'
    ),
    "dumbbell": (
        '<path fill="{l}" d="M-26 14h52v12h-52z"/><path fill="{m}" d="M-44-10h18v60h-18zM26-10h18v60h-18z"/>'
        '<path fill="{d}" d="M-58 2h14v36h-14zM44 2h14v36h-14z"/>'
    ),
    "kettlebell": (
        '<path fill="none" stroke="{d}" stroke-width="11" d="M-18-4q-12-38 18-38t18 38"/>'
        '<path fill="{m}" d="M0-14q40 0 40 38 0 14-10 26h-60q-10-12-10-26 0-38 40-38z"/><circle cy="20" r="13" fill="{a}"/>'
    ),
    "sitting": (
        '<circle cy="-36" r="14" fill="{a}"/><path fill="{m}" d="M-12-18h24q12 4 16 22l16 20-8 8-16-14v12h-40v-12l-16 14-8-8 16-20q4-18 16-22z"/>'
        '<path fill="{d}" d="M-52 44q8-16 36-14h32q28-2 36 14 0 6-8 6h-88q-8 0-8-6z"/>'
    ),
    "mat": (
        '<path fill="{m}" d="M-30 20h84v30h-84z"/><circle cx="-30" cy="22" r="28" fill="{a}"/><circle cx="-30" cy="22" r="17" fill="{m}"/>'
        '<circle cx="-30" cy="22" r="7" fill="{l}"/>'
    ),
    "glove": (
        '<path fill="{m}" d="M-30-12q0-36 34-36 38 0 38 36 0 22-14 32h-44q-4-4-4-10-18-2-18-16 0-12 8-12 4 6 0 6z"/>'
        '<path fill="{d}" opacity=".25" d="M-10-10q16 8 30 0v8q-14 8-30 0z"/><path fill="{l}" d="M-18 24h48v26h-48z"/><path fill="{a}" d="M-18 32h48v8h-48z"/>'
    ),
    "tooth": (
        '<path fill="{l}" d="M-40-20q0-26 22-26 10 0 18 6 8-6 18-6 22 0 22 26 0 20-10 32-4 38-14 38-10 0-12-28-1-8-4-8t-4 8q-2 28-12 28-10 0-14-38-10-12-10-32z"/>'
        '<path fill="none" stroke="{t}" stroke-width="6" stroke-linecap="round" d="M-28-22q0-12 10-13"/>'
        '<path fill="{a}" d="M44-52l4 10 10 4-10 4-4 10-4-10-10-4 10-4z"/>'
    ),
    "spectacles": (
        '<g fill="{l}" stroke="{d}" stroke-width="7"><circle cx="-26" cy="6" r="22"/><circle cx="26" cy="6" r="22"/></g>'
        '<path fill="none" stroke="{d}" stroke-width="7" d="M-6 0q6-8 12 0M-48 2l-12-12M48 2l12-12"/>'
        '<path stroke="{a}" stroke-width="5" stroke-linecap="round" opacity=".7" d="M-34 10l14-14M18 10l14-14"/>'
    ),
    "mortar": (
        '<path fill="{d}" d="M12-2l26-50q12 0 10 12l-22 40z"/><path fill="{a}" d="M-10-6q-22-14-16-40 26 8 16 40z"/>'
        '<path fill="{m}" d="M-44-6h88q0 34-28 44l8 12h-48l8-12q-28-10-28-44z"/><path fill="{l}" opacity=".35" d="M-34 4h10q2 18 12 26-18-4-22-26z"/>'
    ),
}
