"""More things for the pictures of deals, drawn like those of `art_motifs`: what one does, where one goes, what one buys."""

OUT = {
    "key": (
        '<g fill="none" stroke="{a}" stroke-width="10"><circle cx="-24" r="20"/><path d="M-4 0h56M34 0v18M50 0v14"/></g>'
        '<circle cx="-24" r="6" fill="{l}"/>'
    ),
    "pins": (
        '<g fill="{l}"><path d="M-30-28q0-12 9-12t9 12q0 10-4 20 8 14 6 34-2 24-11 24t-11-24q-2-20 6-34-4-10-4-20z"/>'
        '<path d="M12-28q0-12 9-12t9 12q0 10-4 20 8 14 6 34-2 24-11 24t-11-24q-2-20 6-34-4-10-4-20z"/></g>'
        '<path stroke="{a}" stroke-width="5" d="M-29-16h16M13-16h16"/><circle cx="2" cy="26" r="24" fill="{m}"/>'
        '<g fill="{d}"><circle cx="-4" cy="16" r="3"/><circle cx="6" cy="14" r="3"/><circle cx="2" cy="24" r="3"/></g>'
    ),
    "dice": (
        '<path fill="{l}" d="M-50-2l40-12 12 40-40 12z"/><g fill="{d}"><circle cx="-36" cy="6" r="4"/><circle cx="-24" cy="12" r="4"/><circle cx="-12" cy="18" r="4"/></g>'
        '<rect x="0" y="0" width="48" height="48" rx="8" fill="{m}"/><g fill="{l}"><circle cx="12" cy="12" r="4"/><circle cx="36" cy="36" r="4"/><circle cx="36" cy="12" r="4"/><circle cx="12" cy="36" r="4"/></g>'
    ),
    "temple": (
        '<path fill="{m}" d="M-54-14l54-32 54 32z"/><path fill="{l}" d="M-48-14h96v8h-96zM-42-4h14v42h-14zM-7-4h14v42h-14zM28-4h14v42h-14z"/>'
        '<path fill="{d}" d="M-50 38h100v12h-100z"/><circle cy="-27" r="6" fill="{a}"/>'
    ),
    "frames": (
        '<path fill="{d}" d="M-52-44h56v70h-56z"/><path fill="{l}" d="M-45-37h42v56h-42z"/><path fill="{m}" d="M-45 19v-16l16-18 12 12 14-10v32z"/>'
        '<circle cx="-14" cy="-24" r="6" fill="{a}"/><path fill="{a}" d="M12-14h40v48h-40z"/><path fill="{l}" d="M18-8h28v36h-28z"/><circle cx="32" cy="10" r="9" fill="{d}"/>'
    ),
    "skyline": (
        '<path fill="{d}" d="M-58 50v-46h20v-30h22v76z"/><path fill="{m}" d="M-16 50v-80l12-14 12 14v80zM30 50v-62h26v62z"/><path fill="{a}" d="M8 50v-46h22v46z"/>'
        '<path fill="none" stroke="{l}" stroke-width="4" stroke-dasharray="5 7" d="M-48 14v30M-28-16v60M-4-22v66M44-2v46M19 14v30"/>'
    ),
    "pin": (
        '<path fill="{a}" d="M0 50q-36-36-36-62a36 36 0 0 1 72 0q0 26-36 62z"/><circle cy="-12" r="15" fill="{l}"/>'
    ),
    "boat": (
        '<path fill="{l}" d="M-4-52v68h-42q24-24 42-68z"/><path fill="{a}" d="M4-40v56h34q-8-34-34-56z"/><path stroke="{d}" stroke-width="4" d="M0-56v80"/>'
        '<path fill="{m}" d="M-50 22h100q-8 24-22 24h-56q-14 0-22-24z"/><path fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round" d="M-58 50q10-8 20 0t20 0 20 0 20 0 20 0 16 0"/>'
    ),
    "waves": (
        '<g fill="none" stroke-width="9" stroke-linecap="round"><path stroke="{m}" d="M-56-8q14-16 28 0t28 0 28 0 28 0"/>'
        '<path stroke="{l}" d="M-56 16q14-16 28 0t28 0 28 0 28 0"/><path stroke="{d}" d="M-56 40q14-16 28 0t28 0 28 0 28 0"/></g>'
    ),
    "bike": (
        '<g fill="none" stroke="{d}" stroke-width="5"><circle cx="-32" cy="26" r="22"/><circle cx="32" cy="26" r="22"/></g>'
        '<path fill="none" stroke="{m}" stroke-width="6" stroke-linejoin="round" d="M-32 26l16-36h34l14 36M-16-10l16 36h-32M0 26l18-36"/>'
        '<path stroke="{a}" stroke-width="7" stroke-linecap="round" d="M-24-18h16M14-18l4 8M14-20h12"/>'
    ),
    "mountain": (
        '<path fill="{d}" d="M-60 50l42-82 42 82z"/><path fill="{l}" d="M-18-32l14 27-8-3-6 8-6-8-8 3z"/><path fill="{m}" d="M-14 50l38-60 38 60z"/>'
    ),
    "tree": (
        '<path fill="{d}" d="M-4 30h8v20h-8z"/><path fill="{m}" d="M0-52l30 44h-14l22 38h-76l22-38h-14z"/><path fill="{d}" opacity=".2" d="M0-52l30 44h-14l22 38h-38z"/>'
    ),
    "tent": (
        '<path fill="{m}" d="M0-34l54 84h-108z"/><path fill="{d}" d="M0-4l20 54h-40z"/><path fill="{l}" d="M0-4l-20 54h-12z"/>'
        '<path stroke="{a}" stroke-width="4" d="M0-34v-14"/><path fill="{a}" d="M0-50l18 6-18 6z"/>'
    ),
    "balloons": (
        '<path fill="none" stroke="{d}" stroke-width="2" d="M-26 0q10 26 24 50M22-8q-10 30-22 58M0-20q-4 30 0 70"/>'
        '<ellipse cx="-28" cy="-14" rx="18" ry="22" fill="{m}"/><ellipse cx="26" cy="-20" rx="18" ry="22" fill="{a}"/><ellipse cy="-34" rx="18" ry="22" fill="{l}"/>'
    ),
    "blocks": (
        '<path fill="{m}" d="M-46 8h42v42h-42z"/><path fill="{a}" d="M4 8h42v42h-42z"/><path fill="{d}" d="M-22-38h44v44h-44z"/>'
        '<circle cy="-16" r="11" fill="{l}"/><path fill="{l}" d="M-25 40l-12-20h24zM16 20h18v18h-18z"/>'
    ),
    "kite": (
        '<path fill="{a}" d="M8-56l34 34-48 44-20-50z"/><path fill="{m}" d="M8-56l-14 78-20-50z"/><path fill="none" stroke="{l}" stroke-width="3" d="M-6 22q-24 8-14 20t-22 12"/>'
        '<path fill="{d}" d="M-24 34l10-6-2 12zM-30 52l12 2-8 8z"/>'
    ),
    "flag": (
        '<path fill="{d}" d="M-58 50q10-28 58-28t58 28z"/><path stroke="{l}" stroke-width="5" d="M4-52v80"/><path fill="{a}" d="M6-52l40 14-40 16z"/><ellipse cx="4" cy="29" rx="11" ry="4" fill="{m}"/><circle cx="-24" cy="32" r="6" fill="{l}"/>'
    ),
    "aloft": (
        '<path fill="{m}" d="M0-56q40 0 40 38 0 24-26 44h-28q-26-20-26-44 0-38 40-38z"/><path fill="{a}" d="M0-56q18 4 18 38 0 24-10 44h-16q-10-20-10-44 0-34 18-38z"/>'
        '<path stroke="{d}" stroke-width="2" d="M-12 26l4 12M12 26l-4 12"/><path fill="{d}" d="M-11 37h22v13h-22z"/>'
    ),
    "moon": '<path fill="{l}" d="M14-46a46 46 0 1 0 32 62 38 38 0 0 1-32-62z"/><g fill="{a}"><circle cx="30" cy="-28" r="4"/><circle cx="46" cy="-8" r="3"/><circle cx="18" cy="-8" r="3"/></g>',
    "guitar": (
        '<g transform="rotate(32)"><path fill="{d}" d="M-5-66h10v60h-10z"/><path fill="{m}" d="M0-8q22-2 20 16 0 8 8 16 6 28-28 28t-28-28q8-8 8-16-2-18 20-16z"/><circle cy="18" r="9" fill="{l}"/><path stroke="{l}" stroke-width="2" d="M-2-60v94M2-60v94"/><path fill="{a}" d="M-9-72h18v12h-18z"/></g>'
    ),
    "vinyl": (
        '<circle r="46" fill="{d}"/><g fill="none" stroke="{t}" stroke-width="1.5" opacity=".6"><circle r="38"/><circle r="31"/><circle r="24"/></g><circle r="16" fill="{a}"/><circle r="4" fill="{l}"/>'
    ),
    "curtain": (
        '<path fill="{d}" d="M-56-46h112v12h-112z"/><path fill="{m}" d="M-54-34h40q2 50-26 66 6 10 4 18h-18zM54-34h-40q-2 50 26 66-6 10-4 18h18z"/>'
        '<path fill="none" stroke="{d}" stroke-width="3" opacity=".35" d="M-42-34q2 40-6 66M-28-34q0 30-8 50M42-34q-2 40 6 66M28-34q0 30 8 50"/><circle cy="20" r="14" fill="{a}"/><path fill="{l}" d="M-30 44h60v6h-60z"/>'
    ),
    "microphone": (
        '<path stroke="{d}" stroke-width="6" d="M0 0v46M-22 48h44"/><rect x="-17" y="-54" width="34" height="58" rx="17" fill="{m}"/><path stroke="{l}" stroke-width="3" opacity=".6" d="M-17-34h34M-17-22h34"/>'
        '<path fill="none" stroke="{a}" stroke-width="6" d="M-30-16q0 34 30 34t30-34"/>'
    ),
    "reel": (
        '<circle r="42" cy="2" fill="{d}"/><g fill="{l}"><circle cy="-18" r="11"/><circle cx="19" cy="-4" r="11"/><circle cx="12" cy="19" r="11"/><circle cx="-12" cy="19" r="11"/><circle cx="-19" cy="-4" r="11"/></g><circle r="5" cy="3" fill="{a}"/><path fill="{m}" d="M0 38h58v12h-58z"/>'
    ),
    "bunting": (
        '<path fill="none" stroke="{d}" stroke-width="3" d="M-60-26q60 34 120 0"/><path fill="{m}" d="M-52-22l20 8-14 22z"/><path fill="{a}" d="M-26-12l22 3-12 24z"/><path fill="{l}" d="M4-9l22-3-10 27z"/><path fill="{m}" d="M32-14l20-8-6 30z"/>'
        '<path fill="{d}" d="M-2 20l4 10 10 2-8 7 2 11-8-6-9 6 3-11-8-7 10-2z"/>'
    ),
    "ball": (
        '<circle r="40" cy="8" fill="{l}"/><path fill="{d}" d="M0-8l15 11-6 18h-18l-6-18z"/><path stroke="{d}" stroke-width="4" d="M0-8v-24M15 3l22-8M9 21l14 20M-9 21l-14 20M-15 3l-22-8"/>'
    ),
}

MADE = {
    "fan": (
        '<path fill="{m}" d="M0 46l-56-44a72 72 0 0 1 112 0z"/>'
        '<path fill="{a}" d="M0 46l-33-62a72 72 0 0 1 22-8zM0 46l11-70a72 72 0 0 1 22 8zM0 46l-56-44q6-8 10-11z"/>'
        '<path fill="{d}" d="M0 46l-24-19a31 31 0 0 1 48 0z"/><circle cy="44" r="5" fill="{l}"/>'
    ),
    "shoe": (
        '<path fill="{m}" d="M-50-22q14 10 26 2 12 36 46 38 26 2 30 18v4h-62q-12-2-20-20l-4 30h-12q4-44-4-72z"/>'
        '<path fill="{a}" d="M22 18q26 2 30 18v4h-36q2-14 6-22z"/><path fill="none" stroke="{l}" stroke-width="5" d="M-50-14q16 10 28 0"/>'
    ),
    "vase": (
        '<path fill="{m}" d="M-14-50h28q2 6-4 10 0 10 12 20 20 22 6 52-4 18-14 18h-28q-10 0-14-18-14-30 6-52 12-10 12-20-6-4-4-10z"/><path fill="none" stroke="{l}" stroke-width="5" d="M-30-2q15 12 30 0t30 0"/><path stroke="{a}" stroke-width="5" d="M-33 16h66"/><path fill="{d}" opacity=".18" d="M10-40q0 10 12 20 20 22 6 52-4 18-14 18h-10q24-40 6-90z"/>'
    ),
    "brushes": (
        '<path fill="{d}" d="M-24-6l-8-44q8-10 14 0l4 44zM22-6l12-40q-4-10-14-4l-8 44z"/><path fill="{a}" d="M-2-6l-6-46q6-12 14 0l-2 46z"/><path fill="{m}" d="M-34-6h68l-8 50q-1 6-8 6h-36q-7 0-8-6z"/><path fill="{l}" opacity=".4" d="M-26 4h10l4 36h-8z"/>'
    ),
    "talk": (
        '<path fill="{m}" d="M-56-44h64q10 0 10 10v28q0 10-10 10h-36l-16 16v-16h-12q-10 0-10-10v-28q0-10 10-10z" transform="translate(6 0)"/><path fill="{a}" d="M4 0h44q8 0 8 8v22q0 8-8 8h-4v12l-14-12h-26q-8 0-8-8v-22q0-8 8-8z"/><g fill="{l}"><circle cx="-38" cy="-20" r="4"/><circle cx="-22" cy="-20" r="4"/><circle cx="-6" cy="-20" r="4"/></g>'
    ),
    "books": (
        '<path fill="{m}" d="M-46-36h20v86h-20z"/><path fill="{d}" d="M-24-22h18v72h-18z"/><path fill="{a}" d="M0-32l22-6 18 84-22 4z"/><path fill="{l}" d="M-46-22h20v8h-20zM-24-8h18v6h-18zM4-14l22-6 2 8-22 6z"/>'
    ),
    "lamp": (
        '<path fill="none" stroke="{d}" stroke-width="6" stroke-linejoin="round" d="M-10 48l-24-44 34-30"/><path fill="{a}" d="M-10-44l24 26 26-4q2-26-22-42z"/><path fill="{d}" d="M-34 44h52v6h-52z"/><path fill="{l}" opacity=".35" d="M14-18l26-4 18 68h-40z"/>'
    ),
    "camera": (
        '<path fill="{d}" d="M-20-34h28l8 14h-44zM-46-26h16v8h-16z"/><path fill="{m}" d="M-54-20h108q4 0 4 4v52q0 6-6 6h-104q-6 0-6-6v-52q0-4 4-4z"/><circle cy="10" r="26" fill="{l}"/><circle cy="10" r="18" fill="{d}"/><circle cx="-5" cy="4" r="6" fill="{a}"/><path fill="{a}" d="M34-10h14v8h-14z"/>'
    ),
    "car": (
        '<path fill="{m}" d="M-56 38v-22q0-10 12-12l12-24q4-8 14-8h28q10 0 16 8l14 22q16 2 16 14v22z"/><path fill="{l}" d="M-26-2l8-16q2-4 8-4h10v20zM6-2v-20h8q6 0 8 4l10 16z"/><g fill="{d}"><circle cx="-30" cy="38" r="13"/><circle cx="32" cy="38" r="13"/></g><g fill="{l}"><circle cx="-30" cy="38" r="5"/><circle cx="32" cy="38" r="5"/></g><path fill="{a}" d="M46 12h10v8h-10z"/>'
    ),
    "bubbles": (
        '<g fill="{l}" opacity=".85"><circle cx="-24" cy="14" r="24"/><circle cx="20" cy="22" r="18"/><circle cx="10" cy="-22" r="15"/><circle cx="-30" cy="-28" r="8"/><circle cx="42" cy="-8" r="7"/></g><g fill="none" stroke="{m}" stroke-width="4" stroke-linecap="round"><path d="M-38 8q2-12 14-14M8 18q2-8 10-10M2-28q2-6 8-7"/></g>'
    ),
    "wrench": (
        '<g transform="rotate(40)"><path fill="{d}" d="M-9-18h18v66q0 8-9 8t-9-8z"/><path fill="{m}" d="M-22-36q-2-16 12-24v20h20v-20q14 8 12 24-2 18-22 20-20-2-22-20z"/><circle cy="44" r="4" fill="{l}"/></g>'
    ),
    "hammer": '<g transform="rotate(-28)"><path fill="{a}" d="M-6-26h12v76h-12z"/><path fill="{d}" d="M-30-44h44q16 0 22 12-8 2-12 8h-54z"/></g>',
    "house": (
        '<path fill="{l}" d="M-40-8h80v58h-80z"/><path fill="{m}" d="M-54-4l54-46 54 46z"/><path fill="{d}" d="M-12 14h24v36h-24z"/><g fill="{a}"><path d="M-32 6h14v14h-14zM18 6h14v14h-14z"/></g><path fill="{d}" d="M24-48h12v20l-12-10z"/>'
    ),
    "bed": (
        '<path fill="{d}" d="M-56-28h10v78h-10zM46 2h10v48h-10z"/><path fill="{m}" d="M-46 14h92v24h-92z"/><path fill="{a}" d="M-16 2h62v22h-62z"/><path fill="{l}" d="M-44 0h26q6 0 6 7t-6 7h-26z"/>'
    ),
    "palm": (
        '<path fill="none" stroke="{d}" stroke-width="8" stroke-linecap="round" d="M4 46q-10-34 4-62"/><g fill="{m}"><path d="M8-16q-22-28-50-8 24-4 50 8zM8-16q-6-36-40-30 28 6 40 30zM8-16q10-34 42-26-26 4-42 26zM8-16q30-16 46 12-20-14-46-12z"/></g><path fill="{a}" d="M-50 50q50-20 100 0z"/>'
    ),
    "spray": (
        '<path fill="{d}" d="M-20-50h34q10 0 10 12h-10v6h-22v-8h-12z"/><path fill="{d}" d="M-6-34h18v14h-18z"/><path fill="{m}" d="M-10-20h26q16 12 16 30v34q0 6-6 6h-46q-6 0-6-6v-34q0-18 16-30z"/><path fill="{l}" d="M-16 10h38v20h-38z"/><g fill="{a}"><circle cx="-32" cy="-46" r="3"/><circle cx="-42" cy="-38" r="4"/><circle cx="-40" cy="-52" r="3"/></g>'
    ),
    "plant": (
        '<path stroke="{d}" stroke-width="4" d="M0 14v-34"/><g fill="{m}"><path d="M0-2q-40 2-44-34 38-2 44 34zM0 4q36-4 40-36-38 2-40 36z"/></g><path fill="{a}" d="M0-12q-18-18 0-46 18 28 0 46z"/><path fill="{l}" d="M-28 10h56l-8 36q-1 4-5 4h-30q-4 0-5-4z"/><path fill="{d}" opacity=".2" d="M-28 10h56l-2 9h-52z"/>'
    ),
    "flame": (
        '<path fill="{a}" d="M4-54q6 24 24 40 16 18 12 36-6 28-40 28t-40-28q-2-18 12-32 4 12 12 14-2-34 20-58z"/><path fill="{l}" d="M2 0q18 16 16 30-4 16-18 16t-18-14q0-14 10-18 0 8 4 8 2-12 6-22z"/>'
    ),
    "snow": (
        '<g fill="none" stroke="{l}" stroke-width="6" stroke-linecap="round"><path d="M0-44v88M-38-22l76 44M-38 22l76-44M-10-36l10 10 10-10M-10 36l10-10 10 10M-40-6l14-4-4-14M40 6l-14 4 4 14M-40 6l14 4-4 14M40-6l-14-4 4-14"/></g><circle r="7" fill="{a}"/>'
    ),
    "box": '<path fill="{a}" d="M-44-16h88v66h-88z"/><path fill="{d}" d="M-44-16l14-24h60l14 24z" opacity=".8"/><path fill="{l}" d="M-10-40h20l2 50h-24z"/>',
    "dog": (
        '<path fill="{m}" d="M-22-26q-2-22 22-22t22 22l6 34q4 26-8 42h-40q-12-16-8-42z"/><path fill="{d}" d="M-20-40q-22-2-24 22-1 18 10 16 10-4 14-38zM20-40q22-2 24 22 1 18-10 16-10-4-14-38z"/><path fill="{l}" d="M-13-8q13-14 26 0 2 18-13 18t-13-18z"/><g fill="{d}"><circle cx="-10" cy="-20" r="3.5"/><circle cx="10" cy="-20" r="3.5"/><path d="M-6-8h12q0 7-6 7t-6-7z"/></g><path stroke="{a}" stroke-width="7" d="M-24 22q24 10 48 0"/>'
    ),
    "cat": (
        '<path fill="{m}" d="M-32 50q-8-30 4-46-4-26 0-44l16 12q12-4 24 0l16-12q4 18 0 44 12 16 4 46z"/><g fill="{d}"><circle cx="-10" cy="-12" r="3.5"/><circle cx="10" cy="-12" r="3.5"/><path d="M-4-4h8l-4 5z"/></g><path fill="none" stroke="{l}" stroke-width="2.5" d="M-14 0h-18M-14 4l-16 5M14 0h18M14 4l16 5"/><path fill="{a}" d="M-16 16q16 8 32 0v8q-16 8-32 0z"/><path fill="none" stroke="{m}" stroke-width="9" stroke-linecap="round" d="M32 44q26-2 20-30"/>'
    ),
    "shirt": (
        '<path fill="{m}" d="M-18-42q18 14 36 0l34 16-12 28-12-4v52h-56v-52l-12 4-12-28z"/><path fill="{l}" d="M-18-42q18 14 36 0l6 3q-24 20-48 0z"/><path stroke="{a}" stroke-width="6" d="M-28 8h56M-28 22h56"/>'
    ),
    "ring": '<circle cy="16" r="30" fill="none" stroke="{a}" stroke-width="9"/><path fill="{l}" d="M-18-44h36l12 14-30 26-30-26z"/><path fill="{m}" d="M-8-30h16l-8 26z"/>',
    "headphones": (
        '<path fill="none" stroke="{d}" stroke-width="9" d="M-38 20v-18q0-42 38-42t38 42v18"/><rect x="-50" y="6" width="22" height="42" rx="10" fill="{m}"/><rect x="28" y="6" width="22" height="42" rx="10" fill="{m}"/><path fill="{a}" d="M-32 14h6v26h-6zM26 14h6v26h-6z"/>'
    ),
    "bouquet": (
        '<g fill="{m}"><path d="M-6 16q-34-14-36-40 28 4 36 40zM6 16q34-14 36-40-28 4-36 40z"/></g><g><circle cx="-18" cy="-30" r="15" fill="{a}"/><circle cx="18" cy="-28" r="15" fill="{l}"/><circle cy="-10" r="16" fill="{a}"/></g><g fill="{d}"><circle cx="-18" cy="-30" r="5"/><circle cx="18" cy="-28" r="5"/><circle cy="-10" r="5"/></g><path fill="{l}" d="M-24 8h48l-14 42h-20z"/><path fill="{d}" d="M-16 26h32v7h-32z"/>'
    ),
    "racket": '<g transform="rotate(28)"><ellipse cy="-20" rx="25" ry="32" fill="none" stroke="{m}" stroke-width="7"/><path stroke="{l}" stroke-width="2" d="M-14-46v52M0-52v64M14-46v52M-24-32h48M-25-18h50M-22-4h44"/><path fill="{d}" d="M-5 12h10v44h-10z"/></g><circle cx="38" cy="36" r="12" fill="{a}"/>',
    "bag": (
        '<path fill="none" stroke="{d}" stroke-width="6" d="M-16-16v-12q0-18 16-18t16 18v12"/><path fill="{m}" d="M-38-18h76l6 62q0 6-6 6h-76q-6 0-6-6z"/><circle cx="-16" cy="-6" r="4" fill="{l}"/><circle cx="16" cy="-6" r="4" fill="{l}"/><path fill="{a}" d="M-42 22h84l2 14h-88z"/>'
    ),
    "screen": '<path fill="{d}" d="M-46-38h92v64h-92z"/><path fill="{l}" d="M-39-31h78v50h-78z"/><path fill="{m}" d="M-39 19v-20q26-30 40-8t38-14v42z"/><circle cx="-22" cy="-16" r="7" fill="{a}"/><path fill="{d}" d="M-58 30h116q-4 14-16 14h-84q-12 0-16-14z"/>',
    "leaf": '<path fill="{m}" d="M-34 44q-26-66 60-92 30 78-60 92z"/><path fill="none" stroke="{l}" stroke-width="4" stroke-linecap="round" d="M-44 54q30-50 56-82M-14 12l-8-18M-14 12l22-2M2-8l-6-14M2-8l18-2"/>',
    "awning": (
        '<path fill="{l}" d="M-44-4h88v54h-88z"/><path fill="{d}" d="M-34 12h32v38h-32zM8 12h28v22h-28z"/><path fill="{m}" d="M-46-40h92l10 32h-112z"/><g fill="{a}"><path d="M-28-40h18l-4 32h-22zM10-40h18l8 32h-22z"/></g><g fill="{m}"><circle cx="-45" cy="-8" r="11"/><circle cy="-8" r="11"/><circle cx="45" cy="-8" r="11"/></g><g fill="{a}"><circle cx="-23" cy="-8" r="11"/><circle cx="23" cy="-8" r="11"/></g>'
    ),
    "tag": '<path fill="{m}" d="M-44-20l28-26q4-4 10-4h48v48q0 6-4 10l-30 40z" transform="rotate(8)"/><circle cx="24" cy="-30" r="8" fill="{l}"/><path stroke="{a}" stroke-width="6" stroke-linecap="round" d="M-20-6l22 22M-8-18l18 18"/>',
}
