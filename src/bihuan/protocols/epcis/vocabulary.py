"""The standard words of CBV 2.0 and the one short form in which they are compared.

A standard word may be written bare (`arriving`), as a web address (`https://ref.gs1.org/cbv/BizStep-arriving`), with a
prefix (`cbv:BizStep-arriving`) or as a name of the older form (`urn:epcglobal:cbv:bizstep:arriving`): `bare` makes all
of them `arriving`. Words of one's own are addresses and are kept as written.
"""

import re
from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS: Final = _words(
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing
    reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing
    transporting unloading unpacking void_shipping"""
)
DISPOSITIONS: Final = _words(
    """active available completeness_inferred completeness_verified conformant container_closed container_open
    damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class
    mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible
    stolen unavailable unknown"""
)
TRANSACTION_TYPES: Final = _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt")
SOURCE_TYPES: Final = frozenset(("owning_party", "possessing_party", "location"))
ERROR_REASONS: Final = frozenset(("did_not_occur", "incorrect_data"))
SENSOR_ALERTS: Final = frozenset(("ALARM_CONDITION", "ERROR_CONDITION"))
COMPONENTS: Final = _words(
    """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing
    latitude longitude altitude"""
)
MEASUREMENTS: Final = _words(
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration
    MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
    Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle
    SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
    VolumeFraction VolumetricFlux Wavenumber"""
)

# The prefixes that the standard JSON-LD context of EPCIS 2.0 defines, so that a document need not.
STANDARD_PREFIXES: Final[Mapping[str, str]] = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_STANDARD_WORD: Final = re.compile(
    r"(?:(?:https?://(?:ref|ns)\.gs1\.org/cbv/|cbv:)(?:BizStep|Disp|BTT|SDT|ER|Comp)-"
    r"|urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):"
    r"|(?:https?://(?:www\.)?gs1\.org/voc/|gs1:)(?:MeasurementType-|SensorAlertType-)?)"
    r"(\w+)\Z",
    re.ASCII,
)


def bare(word: str) -> str:
    """The short form of a standard word; any other word as it stands."""
    if ":" not in word:
        return word
    found = _STANDARD_WORD.match(word)
    return found[1] if found else word
