"""What kinds of deals there are: a tree of two levels, with its names in each language."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of deal. `parent` is the slug of the kind above it, None at the top; `names` go by language."""

    slug: str
    parent: str | None
    position: int
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """The category's name; English where the language has none."""
        return self.names.get(language) or self.names["en"]


class CategoryTree(msgspec.Struct, frozen=True, dict=True):
    """All categories, parents in their order and each followed by its children in theirs."""

    categories: tuple[Category, ...]

    @classmethod
    def of(cls, categories: Iterable[Category]) -> "CategoryTree":
        """The tree of categories that come in any order. Each parent is at the top, and is among them."""
        given = {category.slug: category for category in categories}

        def place(category: Category) -> tuple[int, int]:
            if category.parent is None:
                return (category.position, -1)
            parent = given[category.parent]
            assert parent.parent is None, f"{category.slug} stands below the second level"
            return (parent.position, category.position)

        return cls(tuple(sorted(given.values(), key=place)))

    @cached_property
    def _slugs(self) -> dict[str, Category]:
        return {category.slug: category for category in self.categories}

    def by_slug(self, slug: str) -> Category | None:
        return self._slugs.get(slug)

    def roots(self) -> tuple[Category, ...]:
        """The categories at the top."""
        return tuple(category for category in self.categories if category.parent is None)

    def children(self, slug: str) -> tuple[Category, ...]:
        """The categories right below one; none for a category at the bottom."""
        return tuple(category for category in self.categories if category.parent == slug)

    def subtree(self, slug: str) -> frozenset[str]:
        """The slugs of a category and of all below it; empty when there is no such category."""
        if slug not in self._slugs:
            return frozenset()
        return frozenset({slug, *(child.slug for child in self.children(slug))})

    def path(self, slug: str) -> tuple[Category, ...]:
        """From the top down to a category, both included; empty when there is no such category."""
        category = self._slugs.get(slug)
        if category is None:
            return ()
        return (*(self.path(category.parent) if category.parent else ()), category)


def _tree(*branches: tuple[str, str, str, tuple[tuple[str, str, str], ...]]) -> tuple[Category, ...]:
    found: list[Category] = []
    for place, (slug, en, es, leaves) in enumerate(branches):
        found.append(Category(slug=slug, parent=None, position=place, names={"en": en, "es": es}))
        for position, (leaf, leaf_en, leaf_es) in enumerate(leaves):
            names = {"en": leaf_en, "es": leaf_es}
            found.append(Category(slug=leaf, parent=slug, position=position, names=names))
    return tuple(found)


CATEGORIES = _tree(
    (
        "food-drink",
        "Food & drink",
        "Comer y beber",
        (
            ("restaurants", "Restaurants", "Restaurantes"),
            ("cafes", "Cafés & breakfast", "Cafés y desayunos"),
            ("bars", "Bars & pubs", "Bares y pubs"),
            ("pizza", "Pizza", "Pizza"),
            ("bakeries", "Bakeries & desserts", "Panaderías y postres"),
            ("takeaway", "Takeaway & fast food", "Comida para llevar"),
            ("groceries", "Groceries & markets", "Alimentación y mercados"),
            ("wine-beer", "Wine, beer & tastings", "Vino, cerveza y catas"),
        ),
    ),
    (
        "beauty-spas",
        "Beauty & spas",
        "Belleza y spas",
        (
            ("massage", "Massage", "Masajes"),
            ("hair", "Hair & barbers", "Peluquerías y barberías"),
            ("nails", "Nails", "Uñas"),
            ("facials", "Facials & skin care", "Tratamientos faciales"),
            ("hair-removal", "Hair removal", "Depilación"),
            ("spas", "Spas & saunas", "Spas y saunas"),
            ("makeup-lashes", "Make-up, brows & lashes", "Maquillaje, cejas y pestañas"),
            ("tanning", "Tanning", "Bronceado"),
        ),
    ),
    (
        "health-fitness",
        "Health & fitness",
        "Salud y deporte",
        (
            ("gyms", "Gyms", "Gimnasios"),
            ("yoga-pilates", "Yoga & Pilates", "Yoga y pilates"),
            ("martial-arts", "Boxing & martial arts", "Boxeo y artes marciales"),
            ("personal-training", "Personal training", "Entrenamiento personal"),
            ("dental", "Dental care", "Dentistas"),
            ("eye-care", "Eye care", "Vista y ópticas"),
            ("chiropractic", "Chiropractic & physiotherapy", "Quiropráctica y fisioterapia"),
            ("wellness", "Wellness & nutrition", "Bienestar y nutrición"),
        ),
    ),
    (
        "things-to-do",
        "Things to do",
        "Qué hacer",
        (
            ("attractions", "Sights & attractions", "Lugares de interés"),
            ("museums", "Museums & galleries", "Museos y galerías"),
            ("tours", "Tours & cruises", "Visitas guiadas y cruceros"),
            ("outdoor", "Outdoor adventures", "Aventuras al aire libre"),
            ("kids", "Kids & families", "Niños y familias"),
            ("bowling-games", "Bowling, arcades & games", "Bolos, recreativos y juegos"),
            ("golf", "Golf", "Golf"),
            ("water-sports", "Water sports", "Deportes acuáticos"),
            ("flying-driving", "Flying & driving", "Volar y conducir"),
            ("nightlife", "Nightlife", "Vida nocturna"),
        ),
    ),
    (
        "tickets-events",
        "Tickets & events",
        "Entradas y eventos",
        (
            ("concerts", "Concerts", "Conciertos"),
            ("theatre", "Theatre & dance", "Teatro y danza"),
            ("comedy", "Comedy", "Comedia"),
            ("sports-events", "Sports", "Deportes"),
            ("cinema", "Cinema", "Cine"),
            ("festivals", "Festivals & fairs", "Festivales y ferias"),
        ),
    ),
    (
        "classes",
        "Classes & courses",
        "Clases y cursos",
        (
            ("cooking-classes", "Cooking", "Cocina"),
            ("dance-classes", "Dance", "Baile"),
            ("art-classes", "Art & crafts", "Arte y manualidades"),
            ("music-classes", "Music", "Música"),
            ("languages", "Languages", "Idiomas"),
            ("photography", "Photography", "Fotografía"),
            ("driving-lessons", "Driving lessons", "Autoescuelas"),
            ("professional-courses", "Work & computing", "Profesión e informática"),
        ),
    ),
    (
        "getaways",
        "Getaways",
        "Escapadas",
        (
            ("hotels", "Hotels", "Hoteles"),
            ("bed-breakfast", "Bed & breakfast", "Casas rurales y pensiones"),
            ("resorts", "Resorts", "Complejos turísticos"),
            ("cabins-camping", "Cabins & camping", "Cabañas y camping"),
            ("day-trips", "Day trips", "Excursiones de un día"),
        ),
    ),
    (
        "home-auto",
        "Home & auto services",
        "Hogar y automóvil",
        (
            ("cleaning", "Cleaning", "Limpieza"),
            ("repairs", "Repairs & handywork", "Reparaciones"),
            ("garden", "Lawn & garden", "Jardín"),
            ("heating-cooling", "Heating & cooling", "Calefacción y aire acondicionado"),
            ("moving-storage", "Moving & storage", "Mudanzas y almacenaje"),
            ("oil-change", "Oil change & maintenance", "Cambio de aceite y mantenimiento"),
            ("car-wash", "Car wash & detailing", "Lavado de coches"),
            ("pets", "Pet care", "Mascotas"),
        ),
    ),
    (
        "shopping",
        "Shopping",
        "Compras",
        (
            ("fashion", "Clothes & shoes", "Ropa y calzado"),
            ("jewellery", "Jewellery & watches", "Joyas y relojes"),
            ("home-garden-goods", "Home & furniture", "Casa y muebles"),
            ("electronics", "Electronics", "Electrónica"),
            ("flowers-gifts", "Flowers & gifts", "Flores y regalos"),
            ("books-hobbies", "Books & hobbies", "Libros y aficiones"),
            ("sporting-goods", "Sporting goods", "Artículos deportivos"),
            ("photo-printing", "Photo & printing", "Fotos e impresión"),
        ),
    ),
)
"""What every installation starts with, in its order. A slug is for ever: pages have it in their address."""
