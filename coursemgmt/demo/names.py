"""Names of invented people: forenames and family names that are common somewhere, put together by chance."""

# ruff: noqa: RUF001  letters of many scripts are the point here
FORENAMES = [
    "Amina", "Bao", "Chiara", "Dmitri", "Eun-ji", "Fatima", "Giorgi", "Hana", "Ixchel", "João", "Kwame", "Leilani",
    "Mehmet", "Nomvula", "Oluwaseun", "Priya", "Quentin", "Rosa", "Søren", "Tatiana", "Ulla", "Vikram", "Wanjiru",
    "Xiang", "Yusuf", "Zoë", "Ángel", "Björk", "Çağla", "Łukasz", "Niamh", "Þóra", "Αθηνά", "Ольга", "நிலா", "美咲",
    "지훈", "Siobhán", "Mateo", "Ingrid", "Thabo", "Linh", "Noor", "Emeka", "Aroha", "Mikael", "Sofía", "Tomás",
]  # fmt: skip
FAMILY_NAMES = [
    "Abubakar", "Bianchi", "Castillo", "Dlamini", "Eriksson", "Fernández", "Gunnarsdóttir", "Haddad", "Ivanova",
    "Jørgensen", "Kowalski", "Lindqvist", "Mahlangu", "Nakamura", "Okonkwo", "Petrosyan", "Quispe", "Rahman", "Silva",
    "Tamm", "Ueda", "Villanueva", "Wairimu", "Xu", "Yılmaz", "Zhang", "Ó Briain", "Müller-Özdemir", "van der Berg",
    "de la Cruz", "Παπαδοπούλου", "Шевченко", "佐藤", "김", "Nguyễn", "Hernández", "Kaʻahumanu", "MacDonald", "Singh",
    "Tshabalala", "Vasquez", "Weiß",
]  # fmt: skip
TITLES = [
    ("CS", "101", "Introduction to Computer Science", 4, "Programs, data and how to think about both."),
    ("CS", "102", "Data Structures", 4, "Lists, trees, tables and what each costs."),
    ("CS", "210", "Introduction to Algorithms", 4, "Design and analysis of algorithms."),
    ("CS", "330", "Operating Systems", 4, "Processes, memory, files and the machine below."),
    ("MATH", "20A", "Calculus I", 4, "Limits, derivatives and integrals of one variable."),
    ("MATH", "20B", "Calculus II", 4, "Series and techniques of integration."),
    ("MATH", "110", "Linear Algebra", 3, "Vector spaces, maps and eigenvalues."),
    ("HIST", "12", "The World since 1500", 3, "Trade, empire, revolution and what they left."),
    ("HIST", "140", "History of the Book", 3, "From scroll to screen."),
    ("BIO", "1", "Cells and Genes", 4, "The living cell and what it hands on."),
    ("BIO", "1L", "Cells and Genes Laboratory", 1, "Six experiments, carefully done."),
    ("ART", "30", "Drawing from Life", 2, "Seeing before drawing."),
    ("ECON", "1", "Principles of Economics", 4, "Markets, prices and their limits."),
    ("LIT", "55", "Poetry across Languages", 3, "Reading closely, in translation and not."),
    ("PHYS", "2A", "Mechanics", 4, "Motion, force and energy."),
    ("LIT", "140", "The Book as an Object", 3, "From scroll to screen, read closely."),
    ("ART", "99", "Independent Study", 2, "A project of one's own, with a teacher beside it."),
]  # fmt: skip
SUBJECTS = {
    "CS": "Computer Science", "MATH": "Mathematics", "HIST": "History", "BIO": "Biology", "ART": "Art",
    "ECON": "Economics", "LIT": "Literature", "PHYS": "Physics",
}  # fmt: skip
# The later course asks for at least a C in the earlier one.
PREREQUISITES = [
    ("CS 102", "CS 101"), ("CS 210", "CS 102"), ("CS 330", "CS 210"), ("MATH 20B", "MATH 20A"),
]  # fmt: skip
