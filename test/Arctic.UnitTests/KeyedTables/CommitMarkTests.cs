using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables.Writing;

namespace Arctic.UnitTests.KeyedTables;

public class CommitMarkTests
{
    [Theory]
    [InlineData(null, "3/42", "Commit")]
    [InlineData("3/41", "3/42", "Commit")]
    [InlineData("2/41", "3/42", "Commit")]
    [InlineData("3/42", "3/42", "AlreadyCommitted")]
    [InlineData("2/42", "3/42", "AlreadyCommitted")]
    [InlineData("3/43", "3/42", "AlreadyCommitted")]
    [InlineData("4/1", "3/42", "Fenced")]
    [InlineData("4/43", "3/42", "Fenced")]
    public void A_commit_is_judged_by_the_tables_mark(string? found, string ours, string verdict) =>
        Assert.Equal(verdict, CommitMark.Judge(found is null ? null : Read(found), Read(ours)!.Value).ToString());

    [Fact]
    public void The_runtimes_rule_gives_the_same_verdict()
    {
        long[] numbers = [1, 2, 3];
        var marks = numbers.SelectMany(i => numbers.Select(c => new CommitMark(i, c))).ToList();
        foreach (var found in marks.Select(m => (CommitMark?)m).Append(null))
        {
            foreach (var ours in marks)
            {
                var mark = found is { } there ? new CommittedMark(new Incarnation(there.Incarnation), new CheckpointId(there.Checkpoint)) : (CommittedMark?)null;
                var decision = CommitProtocol.Decide(mark, new Incarnation(ours.Incarnation), new CheckpointId(ours.Checkpoint));

                Assert.Equal((found, ours, decision.GetType().Name), (found, ours, CommitMark.Judge(found, ours).ToString()));
            }
        }
    }

    [Theory]
    [InlineData("3")]
    [InlineData("x/1")]
    [InlineData("1/-2")]
    public void A_text_of_another_form_is_refused(string text)
    {
        var error = Assert.Throws<ArcticException>(() => Read(text));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("arctic.sink.s.committed", error.Message, StringComparison.Ordinal);
    }

    private static CommitMark? Read(string text) => CommitMark.Find(new Dictionary<string, string> { ["arctic.sink.s.committed"] = text }, "s");
}
