"""The people of the invented university: names that belong together, from many countries and in many scripts."""

# ruff: noqa: RUF001  letters of many scripts are the point here
from dataclasses import dataclass

from accounts.models import User
from accounts.operations import change_profile as change_person
from accounts.operations import create_person
from students.models import Program, StudentProfile
from students.operations import change_profile, ensure_profile

PASSWORD = "correct horse battery"  # noqa: S105  the sign-ins of invented people are printed and public
LOGINS = {
    "administrator": ("adam@example.edu", "Adam", "Adeyemi"),
    "registrar": ("rita@example.edu", "Rita", "Rasmussen"),
    "advisor": ("ada@example.edu", "Ada", "Anand"),
    "instructor": ("ivan@example.edu", "Ivan", "Ibarra"),
    "student": ("alice@example.edu", "Alice", "Almeida"),
}
# Has no role: reads along with Alice.
GUARDIAN = ("gloria@example.edu", "Gloria", "Almeida")
TEACHERS = [
    ("Amina", "Abubakar"), ("Giorgi", "Lomidze"), ("中村", "美咲"), ("Priya", "Raghunathan"), ("Séamus", "Ó Briain"),
    ("María del Carmen", "Fernández-Villaverde y Echegaray"), ("Olena", "Шевченко"), ("יעל", "ברקוביץ"),
    ("Kwame", "Boateng"),
]  # fmt: skip
LEARNERS = [
    ("Bao", "Nguyễn"), ("Chiara", "Bianchi"), ("محمد", "بن عبد الله"), ("Eun-ji", "Kang"), ("Fatima", "Zahraoui"),
    ("Hana", "Novotná"), ("Ixchel", "Quispe"), ("João", "da Silva Neto"), ("Kailani", "Kaʻahumanu"),
    ("Leon", "Müller-Özdemir"), ("Mehmet", "Yılmaz"), ("Nomvula", "Dlamini"), ("Oluwaseun", "Okonkwo"),
    ("Pilar", "de la Cruz"), ("Quentin", "Lefèvre"), ("Rosa", "Castillo"),
    ("Søren", "Jørgensen"), ("Tatiana", "Ivanova"), ("Ulla", "Lindqvist"), ("Vikram", "Singh"),
    ("Wanjiru", "Kamau"), ("Xiang", "Xu"), ("Yusuf", "Rahman"), ("Zoë", "van der Berg"), ("Ángel", "Hernández"),
    ("Björk", "Gunnarsdóttir"), ("Çağla", "Demir"), ("Łukasz", "Kowalski"), ("Niamh", "Byrne"), ("Þóra", "Jónsdóttir"),
    ("Αθηνά", "Παπαδοπούλου"), ("Ольга", "Лисенко"), ("நிலா", "செல்வன்"), ("佐藤", "健"), ("김", "지훈"),
    ("Siobhán", "Nic Gabhann"), ("Mateo", "Vasquez"), ("Ingrid", "Dahl"), ("Thabo", "Mahlangu"), ("Linh", "Phạm"),
    ("نور", "الحسيني"), ("Emeka", "Eze"), ("Aroha", "Parata"), ("Mikael", "Tamm"), ("Sofía", "Villanueva"),
    ("Tomás", "Ferreira"), ("Anahit", "Petrosyan"), ("Daniyar", "Akhmetov"), ("Elif", "Kaya"), ("Farhad", "Nazari"),
    ("Grace", "Wairimu"), ("Henrik", "Eriksson"), ("Ilse", "Vermeulen"), ("Jamila", "Haddad"), ("Kenji", "Ueda"),
    ("Lucía", "Barrios"), ("Mei", "Zhang"), ("Nikola", "Petrović"), ("Omar", "Bennani"), ("Petra", "Horvat"),
    ("Rashid", "Karimov"), ("Saanvi", "Deshpande"), ("Tevita", "Fonua"), ("Umut", "Arslan"), ("Valentina", "Rossi"),
    ("Wei", "Lin"), ("Xiomara", "Peña"), ("Yara", "Mansour"), ("Zanele", "Khumalo"), ("Arjun", "Menon"),
    ("Beatriz", "Carvalho"), ("Callum", "MacDonald"), ("Dewi", "Santoso"), ("Esi", "Owusu"), ("Finn", "Weiß"),
    ("Gulnara", "Safarova"), ("Hugo", "Lambert"), ("Isla", "Reid"), ("Jakub", "Dvořák"), ("Katya", "Morozova"),
    ("Lerato", "Tshabalala"), ("Marek", "Zieliński"), ("Nadia", "Chowdhury"), ("Oskar", "Nyberg"), ("Paulo", "Tavares"),
    ("Rin", "Takahashi"), ("Samir", "Aziz"), ("Tala", "Reyes"), ("Vera", "Kuznetsova"),
]  # fmt: skip


@dataclass
class People:
    registrar: User
    teachers: list[User]
    students: list[StudentProfile]

    @property
    def alice(self) -> StudentProfile:
        return self.students[0]


def make_people() -> People:
    """Make one person of each role who can sign in, and all the others, who have no password."""
    named = {
        role: create_person(email, by=None, password=PASSWORD, roles=[role], given_name=given, family_name=family)
        for role, (email, given, family) in LOGINS.items()
    }
    teachers = [named["instructor"], *_many("instructor", TEACHERS)]
    learners = [named["student"], *_many("student", LEARNERS)]
    program = Program.objects.create(code="BA-LIB", name="Liberal Arts", credits_required=120)
    students = [change_profile(ensure_profile(user), by=None, program=program) for user in learners]
    # A few stand apart: a graduate student, one on probation, one who lives in another zone.
    change_profile(students[1], by=None, level=StudentProfile.Level.GRADUATE)
    change_profile(students[17], by=None, standing=StudentProfile.Standing.PROBATION)
    abroad = {"preferred_name": "Lina", "pronouns": "she/her", "time_zone": "Asia/Ho_Chi_Minh"}
    change_person(students[40].user, by=None, **abroad)
    return People(named["registrar"], teachers, students)


def _many(role: str, names: list[tuple[str, str]]) -> list[User]:
    return [
        create_person(f"{role}{n:03}@example.edu", by=None, roles=[role], given_name=given, family_name=family)
        for n, (given, family) in enumerate(names, start=1)
    ]
