# Files, directories, sockets, signals, select, sort and regular expressions.
use strict; use warnings; use IO::Socket::INET; use POSIX qw(floor strftime); use Time::HiRes qw(time sleep alarm); use List::Util qw(sum);
$| = 1;
mkdir 'tmp/d' or die $!;
for my $i (1 .. 200) { open my $f, '>', "tmp/d/$i" or die $!; print $f $i x $i; close $f or die $! }
opendir my $d, 'tmp/d' or die $!;
my @names = sort { $a <=> $b } grep { /^\d+$/ } readdir $d;
print scalar(@names), " $names[-1] ", sum(map { -s "tmp/d/$_" } @names), "\n";
unlink map { "tmp/d/$_" } @names;
rmdir 'tmp/d' or die $!;

my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die $!;
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die $!;
my $peer = $server->accept or die $!;
print $client "line $_\n" for 1 .. 3;
shutdown $client, 1;
print while <$peer>;

my $rung = 0;
local $SIG{ALRM} = sub { $rung++ };
alarm 0.05;
select undef, undef, undef, 10;
print "rung $rung ", $!{EINTR} ? 'interrupted' : 'not', "\n";
print strftime('%Y-%m-%d', gmtime 86400), ' ', floor(-1.5), ' ', join(',', 'a1b22' =~ /(\d+)/g), "\n";
my %count; $count{$_ % 97}++ for 1 .. 100000;
print join(' ', map { "$_=$count{$_}" } (sort { $a <=> $b } keys %count)[0 .. 4]), "\n";
exit 5;
