"""Which header fields of a DICOM file could identify a patient: their names, never their values.

After the Basic Application Level Confidentiality Profile (DICOM PS3.15, table E.1-1): people, places, times, unique
identifiers, free text and everything private. Where in doubt, a field counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset

_KINDS = {"PN", "DA", "DT", "TM"}
"""Value representations that are personal by nature: names, dates, times."""

_NOT_PERSONAL = {
    *("SOPClassUID", "TransferSyntaxUID", "ImplementationClassUID", "MediaStorageSOPClassUID"),
    *("ReferencedSOPClassUID", "CodingSchemeUID", "MappingResourceUID", "ContextUID"),
}
"""Unique identifiers of kinds of things, not of things."""

_FIELDS = {
    *(
        "PatientID",
        "IssuerOfPatientID",
        "PatientSex",
        "PatientAge",
        "PatientSize",
        "PatientWeight",
        "OtherPatientIDs",
    ),
    *("PatientAddress", "PatientTelephoneNumbers", "PatientInsurancePlanCodeSequence", "EthnicGroup", "Occupation"),
    *("MilitaryRank", "BranchOfService", "CountryOfResidence", "RegionOfResidence", "PatientReligiousPreference"),
    *("PatientComments", "AdditionalPatientHistory", "MedicalRecordLocator", "Allergies", "MedicalAlerts"),
    *("SmokingStatus", "PregnancyStatus", "PatientState", "SpecialNeeds", "AdmissionID", "CurrentPatientLocation"),
    *("AccessionNumber", "StudyID", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName"),
    *("StationName", "DeviceSerialNumber", "DeviceUID", "PlateID", "DetectorID", "CassetteID", "GantryID"),
    *("ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers", "RequestingService", "StudyDescription"),
    *("SeriesDescription", "ImageComments", "StudyComments", "ProtocolName", "PerformedProcedureStepDescription"),
    *(
        "PerformedProcedureStepID",
        "ScheduledProcedureStepID",
        "RequestedProcedureID",
        "RequestedProcedureDescription",
    ),
    *(
        "RequestAttributesSequence",
        "OtherPatientIDsSequence",
        "AdmittingDiagnosesDescription",
        "DerivationDescription",
    ),
    *("PerformedStationName", "PerformedLocation", "FillerOrderNumberImagingServiceRequest", "ReasonForStudy"),
    *("PlacerOrderNumberImagingServiceRequest", "IconImageSequence", "AcquisitionComments", "TextComments"),
}


def identifying_fields(ds: Dataset) -> tuple[str, ...]:
    """Names of the identifying fields that hold a value, in the file's order, sequences included.

    Private fields and overlays (which may carry drawn text) are counted.
    """
    names: list[str] = []
    private = overlays = 0
    for raw in _elements(ds):
        tag, vr, filled = raw
        if tag >> 16 & 1:
            private += 1
        elif 0x60000000 <= tag < 0x60200000 and tag & 0xFFFF == 0x3000:
            overlays += 1
        elif filled:
            word = keyword_for_tag(tag)
            if vr in _KINDS or word in _FIELDS or (vr == "UI" and word and word not in _NOT_PERSONAL):
                names.append(word or f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    names = list(dict.fromkeys(names))
    if private:
        names.append(f"{private} private field{'s' if private > 1 else ''}")
    if overlays:
        names.append(f"{overlays} overlay{'s' if overlays > 1 else ''}")
    return tuple(names)


def _elements(ds: Dataset, depth: int = 0) -> Iterable[tuple[int, str, bool]]:
    """(tag, VR, whether it holds a value) of every element but pixel data, inside sequences too."""
    for element in ds:
        tag = int(element.tag)
        if element.VR == "SQ" and not tag >> 16 & 1:
            yield tag, "SQ", bool(element.value)
            if depth < 8:
                for item in element.value:
                    yield from _elements(item, depth + 1)
        elif tag < 0x7FE00000:
            yield tag, str(element.VR), element.value not in (None, "", b"", [])
        elif tag >> 16 & 1:
            yield tag, "", True
