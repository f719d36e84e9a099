"""Names of an invented, diverse England: given and family names by heritage, their spellings, and how they are joined.

Lists only, and the few rules that join them. No name here is taken from a person; any likeness is chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Heritage:
    """Names that go together: census ethnicity codes, how common (of 1,000 families), and the lists."""

    code: str
    ethnicities: tuple[str, ...]
    per_thousand: int
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    families: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


HERITAGES: tuple[Heritage, ...] = (
    Heritage(
        "english", ("WBRI",), 600,
        _words(
            "Amelia Olivia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy Poppy Evie "
            "Elsie Emily Ella Evelyn Harper Millie Matilda Maisie Erin Chloe Jessica Scarlett Ruby Alice Phoebe Zoë "
            "Holly Imogen Megan Siân Bethany Caitlin Kayleigh Demi-Leigh Lacey-Mae Ellie-Mae Skye Summer Paige Robyn"
        ),
        _words(
            "Noah Oliver George Arthur Leo Harry Jack Charlie Freddie Theo Alfie Archie Henry Oscar "
            "Thomas Jacob Finley William Joshua Lucas Max Isaac Edward Riley Tommy Reggie Harrison Logan Ethan "
            "Mason Tyler Kai Callum Rhys Owen Dylan Jayden Connor Bradley Kyle Ryan Luke Jonathan Jon Samuel Toby "
            "Zachary Rowan Jude Tommy-Lee"
        ),
        _words(
            "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker "
            "White Roberts Green Wood Jackson Clarke Harris Lewis Martin Hughes Edwards Turner Hill Moore Cooper Ward "
            "Morris King Watson Baker Harrison Morgan Patterson Allen Mitchell Phillips Carter Bennett Shaw Ellis "
            "Marsh Barlow Hargreaves Whitaker Pritchard Thistlewood Ollerenshaw Fairclough Birtwistle Cartledge "
            "Hepworth Oldroyd Tranter Hall"
        ),
    ),
    Heritage(
        "irish", ("WIRI", "WIRT"), 30,
        _words("Aoife Niamh Saoirse Ciara Róisín Caoimhe Orla Sinéad Bridget Margaret Kathleen Shannon"),
        _words("Liam Seán Conor Oisín Patrick Cillian Darragh Fionn Michael Jimmy Eoin Declan"),
        _words("Murphy Kelly O'Brien O'Sullivan Byrne Ryan O'Connor Doherty Gallagher McCarthy Ward Maughan McDonagh"),
    ),
    Heritage(
        "polish", ("WOTH",), 45,
        _words("Zuzanna Julia Maja Zofia Hanna Lena Alicja Oliwia Wiktoria Amelia Nikola Małgorzata"),
        _words("Antoni Jakub Szymon Filip Kacper Mikołaj Wojciech Adam Oskar Dawid Łukasz Paweł"),
        _words("Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski"),
    ),
    Heritage(
        "romanian", ("WOTH", "WROM"), 25,
        _words("Maria Andreea Elena Ioana Daria Alexandra Bianca Ștefania Rebeca Denisa"),
        _words("Andrei David Matei Alexandru Ștefan Gabriel Luca Ionuț Mihai Florin"),
        _words("Popescu Ionescu Popa Radu Dumitru Stan Stoica Gheorghe Rusu Munteanu Lăcătuș Ciobanu"),
    ),
    Heritage(
        "ukrainian", ("WOTH",), 12,
        _words("Olena Sofiia Anastasiia Yuliia Kateryna Daryna Polina Oksana"),
        _words("Oleksandr Maksym Dmytro Andrii Mykhailo Bohdan Serhii Yurii"),
        _words("Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliinyk Melnyk Boiko"),
    ),
    Heritage(
        "pakistani", ("APKN",), 70,
        _words("Aisha Fatima Maryam Zainab Hafsa Inaya Khadija Amina Sana Iqra Noor Hiba"),
        _words("Muhammad Yusuf Ibrahim Hamza Adam Zayn Umar Ali Bilal Haris Ismail Abdullah"),
        _words("Khan Ahmed Hussain Ali Akhtar Mahmood Malik Iqbal Shah Begum Mirza Chaudhry Qureshi Raja"),
    ),
    Heritage(
        "bangladeshi", ("ABAN",), 30,
        _words("Aisha Tasnim Nusrat Sumaiya Fahmida Maryam Jannat Rahima Anika Samia"),
        _words("Muhammad Tahmid Rayyan Abdul Farhan Nahid Rahim Sakib Imran Yusuf"),
        _words("Miah Rahman Begum Uddin Islam Hussain Choudhury Khatun Ali Ahmed Haque Alam"),
    ),
    Heritage(
        "indian", ("AIND",), 40,
        _words("Anaya Diya Priya Saanvi Kavya Harpreet Simran Jasleen Meera Riya Ishani Navneet"),
        _words("Aarav Arjun Rohan Vihaan Dev Gurpreet Jaspreet Harjit Kiran Nikhil Rajan Manraj"),
        _words("Patel Singh Kaur Sharma Shah Gill Desai Nair Krishnan Sandhu Dhillon Venkataraman Mistry"),
    ),
    Heritage(
        "african", ("BAFR",), 50,
        _words("Adaeze Oluwaseun Temitope Chiamaka Abena Ama Hodan Hibaaq Folasade Ngozi Tadiwa Makena"),
        _words("Chukwuemeka Oluwadamilare Kwame Kofi Tunde Emeka Abdirahman Liban Tadiwanashe Babajide Ayodele Kojo"),
        _words("Adeyemi Okafor Mensah Owusu Okonkwo Boateng Abdi Warsame Moyo Osei-Bonsu Nwosu Ogunleye Ndlovu"),
    ),
    Heritage(
        "caribbean", ("BCRB", "MWBC"), 40,
        _words("Shanice Aaliyah Keziah Naomi Renée Tiana Shaniqua Jada Monique Imani"),
        _words("Tyrese Malachi Jermaine Kaiden Dwayne Marlon Isaiah Elijah Zion Romario"),
        _words("Campbell Brown Williams Francis Grant Gordon Clarke Bailey St._Clair Lewis-Grant Samuels Reid"),
    ),
    Heritage(
        "arab", ("OOTH", "WOTH"), 25,
        _words("Layla Noura Salma Yasmin Rania Huda Maryam Zahra Dalal Shirin"),
        _words("Mohammed Youssef Omar Khalid Hassan Karim Mustafa Tariq Rezan Ahmad"),
        _words("Al-Masri El-Sayed Haddad Hassan Al-Hashimi Mansour Saleh Barzani Karimi Abdullah Nasser"),
    ),
    Heritage(
        "chinese", ("CHNE",), 13,
        _words("Mei Xinyi Zihan Li_Na Wing-Yan Hoi-Ching Jia Yuxuan"),
        _words("Haoran Yichen Chun-Hei Zixuan Wei Jun Ka-Ho Minghao"),
        _words("Zhang Wang Li Chen Wong Cheung Lau Huang Ng Tsang"),
    ),
    Heritage(
        "mixed", ("MWAS", "MWBA", "MOTH", "MWBC"), 20,
        _words("Aaliyah Maya Leila Zara Mia Nina Safiya Ella Jasmine Talia"),
        _words("Isaac Zane Kai Rafael Idris Elijah Reuben Zachariah Amir Jonah"),
        _words("Walker Khan Bennett Mensah Shah Roberts Adeyemi Francis Murphy Patel"),
    ),
)  # fmt: skip

SPELLINGS: dict[str, tuple[str, ...]] = {
    "Muhammad": ("Mohammed", "Mohammad", "Mohamed", "Muhammed", "Md"),
    "Mohammed": ("Muhammad", "Mohammad", "Mohamed"),
    "Yusuf": ("Yousef", "Youssef", "Yusef", "Yousuf"),
    "Youssef": ("Yusuf", "Yousef"),
    "Aisha": ("Ayesha", "Aysha", "Aishah"),
    "Fatima": ("Fatimah", "Fathima", "Fatema"),
    "Maryam": ("Mariam", "Mariyam", "Miriam"),
    "Zainab": ("Zaynab", "Zeinab"),
    "Ibrahim": ("Ebrahim", "Ibraheem"),
    "Abdirahman": ("Abdulrahman", "Abdi Rahman"),
    "Oleksandr": ("Aleksandr", "Alexander"),
    "Sofiia": ("Sofia", "Sophia"),
    "Yuliia": ("Julia", "Yulia"),
    "Andrii": ("Andriy", "Andrei"),
    "Wojciech": ("Wojtek",),
    "Małgorzata": ("Malgorzata", "Gosia"),
    "Ștefan": ("Stefan",),
    "Seán": ("Sean", "Shaun"),
    "Siân": ("Sian",),
    "Zoë": ("Zoe",),
    "Róisín": ("Roisin",),
    "Sinéad": ("Sinead",),
    "Jonathan": ("Jon", "Jonathon"),
    "Thomas": ("Tom", "Tommy"),
    "Samuel": ("Sam",),
    "Joshua": ("Josh",),
    "Isabella": ("Bella",),
    "Matilda": ("Tilly",),
    "Kayleigh": ("Kayley", "Kaylee"),
    "Ahmed": ("Ahmad", "Ahmet"),
    "Hussain": ("Hussein", "Husain"),
    "Choudhury": ("Chowdhury", "Chaudhry"),
    "Chaudhry": ("Chaudhary", "Choudhry"),
    "Mohamed": ("Mohammed", "Maxamed"),
    "Zhang": ("Chang",),
    "Cheung": ("Zhang",),
    "Wójcik": ("Wojcik",),
    "Wiśniewski": ("Wisniewski",),
    "Dąbrowski": ("Dabrowski",),
    "O'Brien": ("OBrien", "O Brien"),
    "O'Sullivan": ("O’Sullivan", "OSullivan"),
    "O'Connor": ("OConnor", "O'Conner"),
    "McDonagh": ("MacDonagh", "Mc Donagh"),
    "Al-Masri": ("Almasri", "El Masri"),
    "El-Sayed": ("Elsayed", "Al Sayed"),
    "Thompson": ("Thomson",),
    "Clarke": ("Clark",),
    "Philips": ("Phillips",),
    "Davies": ("Davis",),
    "Shevchenko": ("Chevchenko",),
}
"""Spellings that one name is met in across agencies, by transliteration, accent or habit."""

_GENDERED = ("ski", "cki")


def choose_heritage(rng: Random) -> Heritage:
    """A heritage, as common as its share of families."""
    return rng.choices(HERITAGES, weights=[h.per_thousand for h in HERITAGES])[0]


def given_name(rng: Random, heritage: Heritage, sex: str, taken: frozenset[str] = frozenset()) -> str:
    """A given name not already borne by a sibling."""
    pool = heritage.girls if sex == "F" else heritage.boys
    free = [name for name in pool if name not in taken]
    return rng.choice(free or list(pool))


def family_name(rng: Random, heritage: Heritage) -> str:
    return rng.choice(heritage.families)


def worn_by(family: str, sex: str) -> str:
    """How a family name is worn: Kowalska is Kowalski's daughter, Kaur and Singh are sister and brother."""
    if sex == "F" and family.endswith(_GENDERED):
        return family[:-1] + "a"
    return {("Singh", "F"): "Kaur", ("Kaur", "M"): "Singh"}.get((family, sex), family)


def double_barrelled(one: str, other: str) -> str:
    """Two family names as one; a name already double keeps only its first half."""
    return f"{one.split('-')[0]}-{other.split('-')[-1]}" if one != other else one
