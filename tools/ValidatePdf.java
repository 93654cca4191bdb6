import java.io.File;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Holds PDFs to veraPDF's profiles: prints a line "file, flavour, checks, failed rule, message" for each profile and each failure. */
public class ValidatePdf {
    public static void main(String[] files) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            for (String id : new String[] {"2a", "ua1"}) {
                validate(file, PDFAFlavour.fromString(id));
            }
        }
    }

    private static void validate(String file, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), flavour);
             PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, 20, true, true, false)) {
            ValidationResult result = validator.validate(parser);
            say(file, flavour, result, "", "");
            for (TestAssertion one : result.getTestAssertions()) {
                if (one.getStatus() == TestAssertion.Status.FAILED) {
                    say(file, flavour, result, one.getRuleId().getClause(), one.getMessage());
                }
            }
        }
    }

    private static void say(String file, PDFAFlavour flavour, ValidationResult result, String rule, String message) {
        String[] told = {file, flavour.getId(), Integer.toString(result.getTotalAssertions()), rule, message.replaceAll("\\s+", " ")};
        System.out.println(String.join("\t", told));
    }
}
