// The program as it was, but for one line: before anything moves, nothing can be lost.
import "./keep";
import "../before";
